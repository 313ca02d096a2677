"""One thread may, another one may not."""

from __future__ import annotations

import threading

from framework.kernel.own_thread import OwnThread
from framework.model.errors import PluginError


def test_only_the_thread_that_made_it_passes() -> None:
    own, said = OwnThread(), []
    own.check("mm")

    def meddle() -> None:
        try:
            own.check("mm")
        except PluginError as error:
            said.append(str(error))

    thread = threading.Thread(target=meddle, name="feeder")
    thread.start()
    thread.join()
    assert len(said) == 1
    assert said[0].startswith("strategy mm: a verb was called in the thread 'feeder' and refused")
