"""What is not known of an order or an account: asked after, until the venue shows it or proves it absent."""
