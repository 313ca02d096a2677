"""What Bitget tells everybody: its public stream and its public REST answers. Pure, no key."""
