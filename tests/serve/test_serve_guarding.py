"""Photos come from their folder alone, browsers are told to be careful, others are kept out."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from api_client import Client
from odd_shop import png
from PIL import Image

from hangtag.errors import PhotoError
from hangtag.images import PhotoLimits
from hangtag.serve.fastapi_app import create_app
from hangtag.serve.guarding import HEADERS
from hangtag.serve.photos import PhotoShelf, media_type
from hangtag.serve.shop import Shop
from hangtag.serve.static_files import static_files

LIMITS = PhotoLimits()


def test_a_photo_comes_as_what_it_is_and_is_not_sent_twice(client: Client, tagged: Path) -> None:
    """Type by its bytes; a browser that has it is told so."""
    answer = client.get("/photos/1")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content == (tagged / "images" / "1.png").read_bytes()
    assert "max-age" in answer.headers["cache-control"]
    again = client.ask("GET", "/photos/1", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_small_photos_are_jpegs_that_are_no_larger_than_asked_for(client: Client) -> None:
    """Whatever the file is; small ones are not blown up."""
    for width, height in ((128, 80), (320, 80)):
        answer = client.get("/photos/1", width=width)
        assert answer.headers["content-type"] == "image/jpeg"
        assert media_type(answer.content) == "image/jpeg"
        with Image.open(BytesIO(answer.content)) as photo:
            assert photo.size == (60, height)


@pytest.mark.parametrize("width", ["", "?width=320"])
@pytest.mark.parametrize(
    "path",
    [
        "10",  # the catalog says ../secret.png
        "11",  # the catalog says link.png, which leads out
        "9",  # has none
        "../secret.png",
        "..%2Fsecret.png",
        "%2e%2e/secret.png",
        "%2e%2e%2fsecret.png",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "secret.png%00.png",
        "sub%2Ftwelfth",  # a file of the folder, and no product
        "x" * 990,
    ],
)
def test_nothing_but_the_photos_of_products_is_served(
    client: Client, path: str, width: str
) -> None:
    """No way leads out of the folder, and no answer tells where it lies."""
    answer = client.get(f"/photos/{path}{width}")
    assert answer.status_code == 404
    assert not answer.headers["content-type"].startswith("image")
    assert "/images" not in answer.text
    assert "secret" not in answer.json()["error"].replace("secret.png", "", 1)


@pytest.mark.parametrize("width", ["", "?width=128"])
def test_a_file_that_is_no_photo_is_not_served(client: Client, width: str) -> None:
    """Markup under the name of a photo stays where it is."""
    answer = client.get(f"/photos/7{width}")
    assert answer.status_code == 422
    assert "script" not in answer.text


def test_small_photos_take_no_more_memory_than_they_may(tmp_path: Path) -> None:
    """Those asked for last are kept."""
    for number in range(20):
        (tmp_path / f"{number}.png").write_bytes(png((number * 12, 3, 9), (300, 400)))
    one = PhotoShelf(tmp_path, limits=LIMITS, keep_bytes=10**6)
    size = len(one.photo("0", None, 320).data)
    shelf = PhotoShelf(tmp_path, limits=LIMITS, keep_bytes=5 * size + size // 2)
    for number in range(20):
        shelf.photo(str(number), None, 320)
        assert shelf.kept_bytes <= 5 * size + size // 2
    assert shelf.kept_bytes > 2 * size


def test_a_photo_that_was_replaced_is_seen_at_once(tmp_path: Path) -> None:
    """Its tag changes, and so do the bytes."""
    shelf = PhotoShelf(tmp_path, limits=LIMITS, keep_bytes=10**6)
    (tmp_path / "a.png").write_bytes(png((1, 2, 3)))
    before = shelf.photo("a", None, 128)
    (tmp_path / "a.png").write_bytes(png((200, 2, 3), (61, 80)))
    after = shelf.photo("a", None, 128)
    assert before.tag != after.tag
    assert before.data != after.data


def test_without_a_folder_there_are_no_photos() -> None:
    """And nothing is looked for anywhere else."""
    with pytest.raises(PhotoError):
        PhotoShelf(None, limits=LIMITS, keep_bytes=1).photo("1", None, None)


@pytest.mark.parametrize(
    "path",
    ["/", "/docs", "/static/main.js", "/api/search", "/api/search?k=0", "/photos/1", "/nothing",
     "/photos/10", "/healthz", "/metrics", "/openapi.json"],
)  # fmt: skip
def test_every_answer_tells_browsers_to_be_careful(client: Client, path: str) -> None:
    """Errors among them."""
    answer = client.get(path)
    for name in HEADERS:
        assert answer.headers[name], name
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


class Markup(HTMLParser):
    """What a page could run or load."""

    def __init__(self, text: str):
        super().__init__()
        self.inline: list[str] = []
        self.loaded: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.inline.append(f"{tag} {name}")
            if name in ("src", "href", "action") and value:
                self.loaded.append(value)

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style") and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the signature of the library
        self._inside = ""


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_run_and_load_only_what_comes_from_here(client: Client, path: str) -> None:
    """No script or style inside of the markup, no address of another host."""
    page = Markup(client.get(path).text)
    assert page.inline == []
    assert page.loaded
    for address in page.loaded:
        assert address.startswith(("/", "#")), address
        assert not address.startswith("//")


def test_the_files_of_the_page_name_no_other_host_and_parse_no_markup() -> None:
    """What a catalog says can then be nothing but text."""
    for name, file in static_files().items():
        text = file.data.decode()
        hosts = set(re.findall(r"https?://[\w.-]+", text))
        assert hosts <= {"http://www.w3.org"}, name
        forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
        assert not any(word in text for word in forbidden), name


@pytest.mark.parametrize(
    "path", ["nothing.js", "../shop.py", "..%2Fshop.py", "%2e%2e/shop.py", "index.html/../x"]
)
def test_only_the_files_of_the_page_are_static(client: Client, path: str) -> None:
    """They are looked up by name; there is no path to lead astray."""
    assert client.get(f"/static/{path}").status_code == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""]
)
def test_another_name_for_this_machine_is_not_answered(client: Client, host: str) -> None:
    """A page elsewhere can make its own name point here; it must not read from us by it."""
    answer = client.ask("GET", "/api/search", headers={"host": host})
    assert answer.status_code == 400
    assert "hits" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "LOCALHOST:1"])
def test_its_own_names_are_answered(client: Client, host: str) -> None:
    """On any port, for a proxy may have another one."""
    assert client.ask("GET", "/healthz", headers={"host": host}).status_code == 200


def test_what_goes_wrong_inside_stays_inside(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller gets a sentence, not our insides."""

    def broken(*_: object) -> None:
        raise RuntimeError("/home/somebody/secret: a password")

    monkeypatch.setattr(shop, "search", broken)
    answer = Client(create_app(shop)).get("/api/search")
    assert answer.status_code == 500
    assert answer.json()["error"] == "That should not happen."
    assert "password" not in answer.text


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/api/search"), ("GET", "/api/photo")])
def test_what_cannot_be_asked_is_told(client: Client, method: str, path: str) -> None:
    """As JSON, like all else."""
    assert client.ask(method, path).json()["error"]


def contrast(one: str, other: str) -> float:
    """Of two colours written #rrggbb, as WCAG 2 reckons it."""
    lights = sorted(_light(colour) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_all_that_is_written_can_be_read(scheme: int) -> None:
    """WCAG AA: 4.5 to 1 for text, 3 to 1 for the edges of what one can use."""
    css = static_files()["page.css"].data.decode()
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)
    colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[scheme]))
    grounds = ("ground", "card", "raised", "wash")
    for ink in ("ink", "soft"):
        for ground in grounds:
            assert contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground)
    for ink in ("accent", "bar", "good", "bad"):
        for ground in ("ground", "card"):
            assert contrast(colour[ink], colour[ground]) >= 4.5, (ink, ground)
    for ink in ("good", "bad"):
        assert contrast(colour[ink], colour["raised"]) >= 4.5
    assert contrast(colour["accent-ink"], colour["accent"]) >= 4.5
    for ground in ("ground", "card"):
        assert contrast(colour["edge"], colour[ground]) >= 3
