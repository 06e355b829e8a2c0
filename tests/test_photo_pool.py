"""Photos decoded in other processes, whatever happens to those."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from hangtag.images import PhotoLimits, decode
from hangtag.photo_pool import PhotoPool, PhotoRequest


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A hundred small photos, each of its own grey."""
    for i in range(100):
        Image.new("RGB", (60, 80), (i, i, i)).save(tmp_path / f"{i}.png")
    return tmp_path


def requests(n: int = 100) -> Iterator[PhotoRequest]:
    return (PhotoRequest(str(i), None) for i in range(n))


def decoders() -> list[psutil.Process]:
    """Those that live; of one that has just ended nothing can be told."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_photos_come_back_in_order_with_their_hash(images: Path) -> None:
    """One for each request."""
    with PhotoPool(images, (64, 128), processes=2) as pool:
        photos = list(pool.read(requests()))
    assert [photo.product_id for photo in photos] == [str(i) for i in range(100)]
    assert all(p.pixels is not None and p.pixels.shape == (128, 128, 3) for p in photos)
    assert photos[7].pixels is not None
    assert photos[7].pixels.max() == 7
    assert photos[7].sha256 == hashlib.sha256((images / "7.png").read_bytes()).hexdigest()


def test_photos_are_prepared_exactly_where_an_engine_wants_it(images: Path) -> None:
    """As in this process, whole and resized once."""
    noise = np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)
    Image.fromarray(noise).save(images / "0.png")
    data = (images / "0.png").read_bytes()
    for exact in (True, False):
        with PhotoPool(images, (32,), processes=1, exact=exact) as pool:
            (photo,) = pool.read([PhotoRequest("0", None)])
        assert np.array_equal(photo.pixels, decode(data, (32,), PhotoLimits(), exact=exact))


def test_a_photo_whose_hash_is_known_is_not_decoded(images: Path) -> None:
    """Not even when it is damaged: what is known of it still holds."""
    (images / "3.png").write_bytes(b"not a photo")
    sha = hashlib.sha256(b"not a photo").hexdigest()
    with PhotoPool(images, (64,), processes=1) as pool:
        (photo,) = pool.read([PhotoRequest("3", None, sha)])
    assert photo == ("3", sha, None, None)


def test_what_cannot_be_read_comes_back_as_an_error_in_its_place(images: Path) -> None:
    """With the hash where there were bytes."""
    (images / "1.png").write_bytes(b"")
    (images / "2.png").unlink()
    with PhotoPool(images, (64,), processes=2) as pool:
        zero, one, two = pool.read(requests(3))
    assert zero.error is None
    assert one.error is not None
    assert two.error is not None
    assert (one.error.reason, two.error.reason) == ("empty_file", "missing_photo")
    assert one.sha256 is not None
    assert two.sha256 is None


def test_requests_are_drawn_only_as_there_is_room(images: Path) -> None:
    """So that memory does not grow with the catalog."""
    drawn = 0

    def endless() -> Iterator[PhotoRequest]:
        nonlocal drawn
        while True:
            drawn += 1
            yield PhotoRequest(str(drawn % 100), None)

    with PhotoPool(images, (64,), processes=2) as pool:
        photos = pool.read(endless())
        for _ in range(10):
            next(photos)
    assert drawn <= 200


def test_a_process_that_is_killed_costs_no_photo(images: Path) -> None:
    """What it had in hand is done again by another."""
    with PhotoPool(images, (64,), processes=2) as pool:
        photos = pool.read(requests())
        first = [next(photos)]
        for process in decoders():
            process.send_signal(signal.SIGKILL)
        rest = list(photos)
    ids = [photo.product_id for photo in first + rest]
    assert ids == [str(i) for i in range(100)]
    assert all(photo.error is None for photo in first + rest)


POISON = """
import os, sys
from pathlib import Path
import hangtag.photo_pool as pool

def read(job, request, read=pool._read):
    if request.product_id == "42":
        os.kill(os.getpid(), 9)
    return read(job, request)

pool._read = read  # in every process: each imports this file

if __name__ == "__main__":
    with pool.PhotoPool(Path(sys.argv[1]), (64,), processes=2) as photos:
        asked = (pool.PhotoRequest(str(i), None) for i in range(100))
        for photo in photos.read(asked):
            print(photo.product_id, photo.error.reason if photo.error else "whole")
"""


def test_a_photo_that_kills_its_process_is_the_only_one_to_fail(images: Path) -> None:
    """The others in its company are read all the same."""
    script = images / "poison.py"
    script.write_text(POISON)
    told = subprocess.run(
        [sys.executable, script, images], capture_output=True, text=True, timeout=120, check=True
    )
    lines = dict(line.split() for line in told.stdout.splitlines())
    assert lines.pop("42") == "decoder_died"
    assert len(lines) == 99
    assert set(lines.values()) == {"whole"}


HALF = """
import os, struct, sys
from pathlib import Path
import hangtag.photo_pool as pool

def read(job, request, read=pool._read):
    if request.product_id == "42" and not Path(sys.argv[1], "died").exists():
        Path(sys.argv[1], "died").touch()
        frame = sys._getframe()
        while "result_queue" not in frame.f_locals:
            frame = frame.f_back
        queue = frame.f_locals["result_queue"]
        queue._wlock.acquire()
        os.write(queue._writer.fileno(), struct.pack("!i", 1000) + b"half of it")
        os.kill(os.getpid(), 9)
    return read(job, request)

pool._read = read

if __name__ == "__main__":
    with pool.PhotoPool(Path(sys.argv[1]), (64,), processes=2) as photos:
        asked = (pool.PhotoRequest(str(i), None) for i in range(100))
        for photo in photos.read(asked):
            print(photo.product_id, photo.error.reason if photo.error else "whole")
"""


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_hands_over_stops_nothing(images: Path) -> None:
    """Half an answer lies in the pipe, and nobody else can write into it."""
    script = images / "half.py"
    script.write_text(HALF)
    told = subprocess.run(
        [sys.executable, script, images], capture_output=True, text=True, timeout=120, check=True
    )
    assert (images / "died").exists()
    assert told.stdout.splitlines() == [f"{i} whole" for i in range(100)]


HANGING = """
import re, sys, time
from pathlib import Path
import hangtag.photo_pool as pool
from hangtag.images import PhotoLimits

folder = Path(sys.argv[1])
hanging = {(folder / f"{i}.png").read_bytes() for i in (42, 43)}

def decode(data, *rest, decode=pool.decode, **options):
    if data in hanging:
        re.match("(a+)+$", "a" * 60 + "b")  # years, in which no other thread has its turn
    return decode(data, *rest, **options)

pool.decode = decode

if __name__ == "__main__":
    limits = PhotoLimits(max_seconds=4)
    with pool.PhotoPool(folder, (64,), processes=2, limits=limits) as photos:
        asked = (pool.PhotoRequest(str(i), None) for i in range(100))
        for photo in photos.read(asked):
            print(photo.product_id, photo.error.reason if photo.error else "whole", photo.sha256)
    start = time.monotonic()
    limits = PhotoLimits(max_seconds=3600)
    with pool.PhotoPool(folder, (64,), processes=2, limits=limits) as photos:
        pool._GRACE = 0.3
        photos._submit([pool.PhotoRequest("42", None)])
        time.sleep(1)
    print("closed", time.monotonic() - start < 300)
"""


@pytest.mark.slow
def test_a_photo_that_keeps_its_process_for_ever_is_the_only_one_to_fail(images: Path) -> None:
    """Its process is killed, the others come in their order, and its hash is known all the same.

    One that hangs at the end is not waited for.
    """
    script = images / "hanging.py"
    script.write_text(HANGING)
    told = subprocess.run(
        [sys.executable, script, images], capture_output=True, text=True, timeout=600, check=True
    )
    *lines, closed = (line.split() for line in told.stdout.splitlines())
    assert closed == ["closed", "True"]
    assert [number for number, *_ in lines] == [str(i) for i in range(100)]
    outcomes = {number: outcome for number, outcome, _ in lines}
    assert (outcomes.pop("42"), outcomes.pop("43")) == ("decoder_hung", "decoder_hung")
    assert set(outcomes.values()) == {"whole"}
    for number, _, sha in lines:
        assert sha == hashlib.sha256((images / f"{number}.png").read_bytes()).hexdigest()


UNGUARDED = """
import sys
from pathlib import Path
from hangtag.photo_pool import PhotoPool, PhotoRequest

with PhotoPool(Path(sys.argv[1]), (64,), processes=1) as pool:
    print(list(pool.read([PhotoRequest("1", None)])))
"""


def test_where_no_process_can_live_no_photo_is_blamed(images: Path) -> None:
    """A script that starts again in each of its processes gets one error that says what to do."""
    script = images / "unguarded.py"
    script.write_text(UNGUARDED)
    told = subprocess.run(
        [sys.executable, script, images], capture_output=True, text=True, timeout=120, check=False
    )
    assert told.returncode == 1
    assert not told.stdout
    assert "__name__ == '__main__'" in told.stderr.splitlines()[-1]


def test_a_process_killed_while_a_photo_is_alone_is_not_held_against_the_photo(
    images: Path,
) -> None:
    """Systems short of memory kill whom they like; only who kills twice is guilty."""
    script = images / "once.py"
    # The first process to meet 42 in company dies, and so does the first that has it alone.
    script.write_text(
        POISON.replace(
            'if request.product_id == "42":',
            'if request.product_id == "42" and len(list(job.source.folder.glob("*.met"))) < 2:\n'
            '        (job.source.folder / f"{os.getpid()}.met").touch()',
        )
    )
    told = subprocess.run(
        [sys.executable, script, images], capture_output=True, text=True, timeout=120, check=True
    )
    assert told.stdout.split().count("whole") == 100
    assert len(list(images.glob("*.met"))) == 2


def test_no_process_is_left_behind(images: Path) -> None:
    """Neither at the end nor when the reading is given up half-way."""
    with PhotoPool(images, (64,), processes=2) as pool:
        list(pool.read(requests()))
    assert not decoders()
    with PhotoPool(images, (64,), processes=2) as pool:
        next(pool.read(requests()))
    assert not decoders()


SLOW = """
import sys, time
from pathlib import Path
import hangtag.photo_pool as pool

def read(job, request, read=pool._read):
    time.sleep(4)
    return read(job, request)

pool._read = read

if __name__ == "__main__":
    print("begun", flush=True)
    with pool.PhotoPool(Path(sys.argv[1]), (64,), processes=2) as photos:
        list(photos.read(pool.PhotoRequest(str(i), None) for i in range(100)))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups to interrupt")
@pytest.mark.parametrize("after", [0.1, 2.0])
def test_ctrl_c_ends_at_once_and_only_the_parent_speaks(images: Path, after: float) -> None:
    """While the processes start, and in the midst of a chunk that would take 64 seconds."""
    script = images / "slow.py"
    script.write_text(SLOW)
    with subprocess.Popen(
        [sys.executable, script, images], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        parent.stdout.readline()
        time.sleep(after)
        start = time.monotonic()
        os.killpg(parent.pid, signal.SIGINT)
        told = parent.communicate(timeout=120)[1]
    assert time.monotonic() - start < 50
    assert told.count("Traceback") == 1
    assert told.splitlines()[-1] == "KeyboardInterrupt"


def lives(pid: int) -> bool:
    """Not one that has ended and whose new parent has not looked at it yet, if it ever does."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


ORPHANS = """
import sys, time
from pathlib import Path
import psutil
from hangtag.photo_pool import PhotoPool, PhotoRequest

if __name__ == "__main__":
    with PhotoPool(Path(sys.argv[1]), (64,), processes=2) as pool:
        photos = pool.read(PhotoRequest(str(i), None) for i in range(100))
        next(photos)
        print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)
        time.sleep(60)
"""


def test_processes_end_with_a_parent_that_was_killed(images: Path) -> None:
    """Kill -9 leaves it no time to say goodbye."""
    script = images / "orphans.py"
    script.write_text(ORPHANS)
    with subprocess.Popen([sys.executable, script, images], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        os.kill(parent.pid, signal.SIGKILL)
    assert len(children) >= 2
    until = time.monotonic() + 120
    while any(map(lives, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(lives, children))
