"""`reconcile import` from the stand-in that it starts itself, and what plan and drift say afterwards."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from reconciler.cli import main

SHOP = Path("desired/shop.toml")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILE_ENDPOINT", "sim:example")


def files() -> dict[str, str]:
    return {
        path.as_posix(): path.read_text(encoding="utf-8") for path in sorted(Path().rglob("*.toml"))
    }


def test_planning_on_what_was_imported_gives_nothing_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["import"])

    assert code == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == "Planning on it gives nothing to do."
    assert sorted(files()) == [
        f"desired/{app}.toml"
        for app in ("accounts", "blog", "example-app", "sandbox", "search", "shop")
    ]
    assert main(["plan", "--detailed-exitcode"]) == 0
    assert main(["drift"]) == 0


def test_one_app_is_imported_with_all_around_its_database(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["import", "--app", "shop", "--out", "elsewhere"])

    assert code == 0
    assert "elsewhere/shop.toml: written" in capsys.readouterr().out
    text = Path("elsewhere/shop.toml").read_text(encoding="utf-8")
    assert [*files()] == ["elsewhere/shop.toml"]
    for line in ("[[database.shop.follower]]", '"ORDERS_REPLICA"', '"WORKER_POOL"', "Sunday 04:00"):
        assert line in text


def test_no_file_is_overwritten_and_nothing_is_written_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    SHOP.parent.mkdir()
    SHOP.write_text("# mine\n", encoding="utf-8")

    code = main(["import"])

    captured = capsys.readouterr()
    assert code == 1
    assert captured.err.splitlines()[0] == (
        "desired/shop.toml: there already; nothing was written."
    )
    assert files() == {"desired/shop.toml": "# mine\n"}
    assert main(["import", "--force"]) == 0
    assert "# mine" not in files()["desired/shop.toml"]


HAND_WRITTEN = """\
# Ask Ada before touching.
[database.orders]            # the one that matters
app = "shop"
plan = "standard-4"          # soon
labels = { team = "a" }

[[database.orders.attach]]
app = "blog"
as = "GONE"
"""


def test_an_update_amends_where_it_is_listed_and_keeps_comments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = Path("desired/all.toml")
    file.parent.mkdir()
    file.write_text(HAND_WRITTEN, encoding="utf-8")

    code = main(["import", "--app", "shop", "--update"])

    assert code == 0
    assert [*files()] == ["desired/all.toml"]
    text = file.read_text(encoding="utf-8")
    assert text.startswith(
        "# Ask Ada before touching.\n"
        "[database.orders]            # the one that matters\n"
        'app = "shop"\n'
        'plan = "standard-0"          # soon\n'
        'labels = { team = "a" }\n'
    )
    assert "GONE" not in text
    assert "orders: plan = standard-0\n" in capsys.readouterr().out
    assert main(["plan", "--detailed-exitcode"]) == 0
    assert main(["import", "--app", "shop", "--update"]) == 0
    assert file.read_text(encoding="utf-8") == text


def test_an_update_keeps_the_byte_order_mark_and_the_line_ends() -> None:
    file = Path("desired/all.toml")
    file.parent.mkdir()
    file.write_bytes(codecs.BOM_UTF8 + HAND_WRITTEN.replace("\n", "\r\n").encode())

    code = main(["import", "--app", "shop", "--update"])

    written = file.read_bytes()
    assert code == 0
    assert written != codecs.BOM_UTF8 + HAND_WRITTEN.replace("\n", "\r\n").encode()
    assert written.startswith(codecs.BOM_UTF8 + b"# Ask Ada")
    assert written.count(codecs.BOM_UTF8) == 1
    assert written.count(b"\n") == written.count(b"\r\n")


def test_what_is_listed_already_is_left_alone_without_update(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = Path("desired/all.toml")
    file.parent.mkdir()
    file.write_text(HAND_WRITTEN, encoding="utf-8")

    code = main(["import"])

    assert code == 0
    assert "orders: listed already in desired/all.toml, left as it is there" in (
        capsys.readouterr().out
    )
    assert file.read_text(encoding="utf-8") == HAND_WRITTEN
    assert "desired/shop.toml" not in files()


def test_a_wish_that_stays_is_told_and_gives_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    fleet = Path("desired/reconcile.toml")
    fleet.parent.mkdir()
    fleet.write_text("[defaults]\nnot_older_than = 2999-01-01\n", encoding="utf-8")

    code = main(["import", "--app", "accounts"])

    assert code == 2
    assert (
        "Planning would still change accounts (desired/accounts.toml:6:1): renewal: "
        in capsys.readouterr().out
    )


def test_files_that_would_be_wrong_together_are_not_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = '[database.old]\napp = "shop"\nattachment = "NONE"\nplan = "standard-0"\n'
    old += '[[database.old.attach]]\nas = "DATABASE"\n'
    Path("desired").mkdir()
    Path("desired/old.toml").write_text(old, encoding="utf-8")

    code = main(["import", "--app", "shop"])

    assert code == 1
    error = capsys.readouterr().err
    assert error.startswith("Nothing was written: beside what is listed already")
    assert "shop::DATABASE is already listed" in error
    assert [*files()] == ["desired/old.toml"]


def test_an_app_without_a_database_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["import", "--app", "shop", "--app", "reports"])

    assert code == 64
    assert capsys.readouterr().err.splitlines()[0] == (
        "No Heroku Postgres database of reports is visible with this token."
    )
    assert files() == {}


LISTED = '[database.{name}]\napp = "{app}"\nattachment = "{attachment}"\nplan = "standard-0"\n'


def test_what_is_listed_and_not_live_is_named_and_gives_exit_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    SHOP.parent.mkdir()
    shop = LISTED.format(name="shop", app="shop", attachment="DATABASE")
    old = LISTED.format(name="old", app="shop", attachment="GONE_NAME")
    gone = LISTED.format(name="gone", app="no-such-app", attachment="DATABASE")
    blog = LISTED.format(name="blog", app="blog", attachment="DATABASE")
    SHOP.write_text(shop + old + gone + blog, encoding="utf-8")
    Path("desired/elsewhere.toml").write_text(
        LISTED.format(name="elsewhere", app="search", attachment="GONE_TOO"), encoding="utf-8"
    )

    code = main(["import", "--app", "shop", "--update"])

    printed = capsys.readouterr().out
    assert code == 1
    assert [line for line in printed.splitlines() if line.startswith("Not clear")] == [
        "Not clear to planning: gone, the app no-such-app does not exist, or is not visible with this token",
        "Not clear to planning: old, shop knows no database as GONE_NAME; it knows "
        + printed.split("; it knows ")[1].splitlines()[0],
    ]
    assert "gives nothing to do" not in printed
    assert main(["import", "--update"]) == 1
    assert "Not clear to planning: elsewhere, " in capsys.readouterr().out


def test_a_file_that_cannot_be_amended_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    SHOP.parent.mkdir()
    Path("desired/blog.toml").write_text("database = {}  # none yet\n", encoding="utf-8")
    SHOP.write_text(HAND_WRITTEN, encoding="utf-8")

    code = main(["import", "--update"])

    captured = capsys.readouterr()
    assert code == 1
    assert captured.err.splitlines() == [
        "desired/blog.toml cannot be amended as it is written: blog cannot stand at its end.",
        "Amend it by hand, or write the file anew: reconcile import --force",
    ]
    assert "desired/shop.toml: amended\n" in captured.out
    assert "desired/accounts.toml: written\n" in captured.out
    assert "desired/blog.toml" not in captured.out


def test_line_ends_links_and_rights_stay() -> None:
    kept = Path("kept.toml")
    kept.write_bytes(HAND_WRITTEN.replace("\n", "\r\n").encode())
    kept.chmod(0o640)
    SHOP.parent.mkdir()
    SHOP.symlink_to(kept.absolute())

    code = main(["import", "--app", "shop", "--update"])

    raw = kept.read_bytes()
    assert code == 0
    assert SHOP.is_symlink()
    assert b'plan = "standard-0"          # soon\r\n' in raw
    assert raw.count(b"\r\n") == raw.count(b"\n")
    assert kept.stat().st_mode & 0o777 == 0o640
