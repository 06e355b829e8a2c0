"""Who may review: those who come from the page itself, with the token where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from review_shop import Review

from hangtag.cli.entry import run
from hangtag.errors import UsageError
from hangtag.review.gate import BODY_BYTES, COOKIE, Login, read_token

TOKEN = "a token of some length"
SAVE = {
    "save_id": "save-key", "person": "Ann", "session": "session-1", "product_id": "p1",
    "answers": {"pattern": ["striped"]},
}  # fmt: skip


@pytest.fixture
def locked(folder: Path) -> Iterator[Review]:
    opened = Review(folder, TOKEN)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {"origin": "http://127.0.0.1:9000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_may_change_nothing(refusing: Review, headers: dict[str, str]) -> None:
    """Another site's page can send a request; it cannot say that it is ours."""
    assert refusing.post("/api/save", headers, **SAVE).status_code == 403
    assert refusing.store.rows() == []


def test_the_page_itself_and_programs_may(review: Review) -> None:
    """A browser says where the page is from; a program says nothing."""
    for headers in ({"origin": "http://127.0.0.1:8000"}, {"sec-fetch-site": "same-origin"}, {}):
        assert review.post("/api/save", headers, **SAVE).status_code == 200
    assert len(review.store.rows()) == 1


def test_a_form_of_another_kind_is_not_taken(refusing: Review) -> None:
    """What a page can send without asking first is plain text or a form."""
    answer = refusing.client.ask(
        "POST", "/api/save", content=b'{"save_id": 1}', headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 422


def test_too_much_is_refused_before_it_is_read(refusing: Review) -> None:
    """Told by its header, or counted while it comes."""
    body = b"x" * (BODY_BYTES + 1)

    async def parts():
        for _ in range(3):
            yield body[: BODY_BYTES // 2]

    assert refusing.client.ask("POST", "/api/save", content=body).status_code == 413
    assert refusing.client.ask("POST", "/api/save", content=parts()).status_code == 413


def test_without_the_token_nothing_is_to_be_had(locked: Review) -> None:
    """Not the page, no product, no photo, nothing to say; the page that asks for it is open."""
    page = locked.client.ask("GET", "/", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/login")
    for path in ("/api/about", "/api/progress", "/photos/p1", "/metrics", "/docs", "/openapi.json"):
        assert locked.client.get(path).status_code == 401, path
    assert locked.post("/api/save", **SAVE).status_code == 401
    assert locked.store.rows() == []
    for path in ("/login", "/static/login.js", "/healthz"):
        assert locked.client.get(path).status_code == 200


def test_the_token_is_exchanged_for_a_cookie_that_scripts_cannot_read(locked: Review) -> None:
    """And that holds the token's signature, not the token."""
    answer = locked.post("/api/login", token=TOKEN)
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}
    assert TOKEN not in cookie
    held = {"cookie": cookie.split(";")[0]}
    assert locked.client.ask("GET", "/api/about", headers=held).status_code == 200
    assert locked.post("/api/save", held, **SAVE).status_code == 200
    bad = {**held, "origin": "http://evil.example"}
    assert locked.post("/api/save", bad, **SAVE).status_code == 403
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert locked.client.ask("GET", "/api/about", headers=bearer).status_code == 200


def test_a_cookie_that_was_not_given_is_worth_nothing(locked: Review) -> None:
    """Whatever its form."""
    for value in ("", "x", "9999999999.0", "²²²²²²²²²².00", "a.b.c", "é"):
        held = {b"cookie": f"{COOKIE}={value}".encode("latin-1")}
        assert locked.client.ask("GET", "/api/about", headers=held).status_code == 401


def test_a_cookie_ends_and_that_of_another_token_is_none() -> None:
    """It stays good over a start with the same token, and for no longer than was said."""
    now = 1000.0
    login = Login(TOKEN, now=lambda: now)
    cookie = login.cookie(secure=True)
    assert "Secure" in cookie
    headers = {b"cookie": cookie.split(";")[0].encode()}
    assert Login(TOKEN, now=lambda: now).admits(headers)
    assert not Login(TOKEN + "!", now=lambda: now).admits(headers)
    now += 15 * 24 * 3600
    assert not login.admits(headers)


def test_guessing_is_slowed_down() -> None:
    """After many wrong ones the right one does not help for a while either."""
    now = 1000.0
    login = Login(TOKEN, now=lambda: now)
    assert not any(login.try_token(f"wrong {n}") for n in range(20))
    assert not login.try_token(TOKEN)
    now += 61
    assert login.try_token(TOKEN)


def test_the_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    """And not from the command line, which others can read."""
    file = tmp_path / "token"
    file.write_text(f"  {TOKEN} \nmore\n")
    assert read_token(file, "another token") == TOKEN
    assert read_token(None, "another token") == "another token"
    assert read_token(None, None) is None
    file.write_text("short")
    with pytest.raises(UsageError, match="least"):
        read_token(file, None)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        read_token(file, None)


def test_others_get_in_with_a_token_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A catalog that whoever comes by can change is nobody's wish."""
    assert run(["review", str(folder / "shop"), "--host", "0.0.0.0", "--port", "0"]) == 2
    assert "--token-file" in capsys.readouterr().err


def test_a_workspace_without_products_and_a_sample_that_is_none_are_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the command that makes them."""
    (tmp_path / "empty").mkdir()
    assert run(["review", str(tmp_path / "empty"), "--port", "0"]) == 1
    assert "hangtag tag" in capsys.readouterr().err
    assert run(["review", str(folder / "shop"), "--port", "0", "--sample", "none"]) == 2
    assert "hangtag sample" in capsys.readouterr().err
