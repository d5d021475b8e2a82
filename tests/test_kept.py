from pathlib import Path

from growloop.kept import Kept


def made(calls: list[str], name: str) -> object:
    calls.append(name)
    return {"name": name, "sizes": [1, 2]}


def test_what_is_kept_is_made_once_while_it_follows_from_the_same(tmp_path: Path) -> None:
    calls: list[str] = []

    values = [
        Kept(tmp_path, "space", b"universe", b"contexts").get("boxes", lambda: made(calls, "boxes")) for _ in "ab"
    ]

    assert values == [{"name": "boxes", "sizes": [1, 2]}] * 2
    assert calls == ["boxes"]


def test_it_is_made_anew_once_anything_it_follows_from_has_changed_and_the_former_is_gone(tmp_path: Path) -> None:
    calls: list[str] = []
    Kept(tmp_path, "space", b"ab", b"c").get("boxes", lambda: made(calls, "first"))

    after = Kept(tmp_path, "space", b"a", b"bc").get("boxes", lambda: made(calls, "second"))

    assert after == {"name": "second", "sizes": [1, 2]}
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["space.json"]
    assert "first" not in (tmp_path / "cache" / "space.json").read_text()


def test_a_file_that_a_crash_left_broken_counts_as_not_there(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "space", b"a")
    kept.get("boxes", lambda: 1)
    for broken in (b"", b'{"of": "', b"[]", b"\0" * 40, b'{"of": 1}'):
        (tmp_path / "cache" / "space.json").write_bytes(broken)

        assert Kept(tmp_path, "space", b"a").get("boxes", lambda: 2) == 2


def test_what_json_cannot_tell_is_used_and_not_kept(tmp_path: Path) -> None:
    assert Kept(tmp_path, "space", b"a").get("one", lambda: {1: (2,)}) == {1: (2,)}
    assert not (tmp_path / "cache").exists()


def test_a_project_that_cannot_be_written_to_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")

    assert Kept(tmp_path, "space", b"a").get("one", lambda: 1) == 1
