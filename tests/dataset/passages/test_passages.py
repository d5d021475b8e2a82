"""Documents as they come: what is read, what is refused and why."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from growloop.dataset.passages import is_document, kind_of, read_passages
from growloop.dataset.passages.stored import is_stored, stored_passages
from growloop.errors import BadData, NotFound
from growloop.records.universe import Contexts
from growloop.universe.contexts import read_contexts

from .conftest import pdf_bytes, written

PAGE = """<!doctype html><html><head><title>House rules</title><style>p {color: red}</style></head><body>
<nav><a href="/">Home</a></nav><h1>Dogs &amp; cats</h1><p>Dogs stay  <b>out</b>side.<br>Cats too.</p>
<script>var secret = 1;</script><table><tr><th>Animal</th><th>May</th></tr><tr><td>Fish</td><td>enter</td></tr></table>
<pre>a
  b</pre><ul><li>One<li>Two</ul><!-- unseen --></body></html>"""


def test_html_is_read_as_a_person_sees_it(tmp_path: Path) -> None:
    pytest.importorskip("lxml")

    [row] = read_passages(written(tmp_path, "rules.html", PAGE)).rows

    assert row["text"] == (
        "Dogs & cats\n\nDogs stay outside.\nCats too.\n\nAnimal | May\n\nFish | enter\n\na\n  b\n\nOne\n\nTwo"
    )
    assert row["heading"] == "House rules > Dogs & cats"
    assert (row["source"], row["offset"], row["end"]) == ("rules.html", 0, len(row["text"]))


@pytest.mark.parametrize(
    "page",
    ["<p>Größe: 5 €</p>".encode(), '<meta charset="iso-8859-15"><p>Größe: 5 €</p>'.encode("iso-8859-15"),
     '<?xml version="1.0" encoding="utf-8"?><html><p>Größe: 5 €</p></html>'.encode()],
)  # fmt: skip
def test_html_is_read_in_the_encoding_it_names(page: bytes, tmp_path: Path) -> None:
    pytest.importorskip("lxml")

    assert read_passages(written(tmp_path, "page.html", page)).rows[0]["text"] == "Größe: 5 €"


def test_html_nested_deeper_than_pages_are_is_read_whole(tmp_path: Path) -> None:
    pytest.importorskip("lxml")
    page = "<div>" * 2000 + "deep" + "</div>" * 2000 + "<p>after"

    assert read_passages(written(tmp_path, "page.html", page)).rows[0]["text"] == "deep\n\nafter"


def test_pdf_keeps_its_pages(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    filler = [f"Line {number} of the page says nothing new at all." for number in range(20)]
    pages = [["The warranty lasts two years.", *filler], [], ["Dogs stay outside.", *filler]]

    rows = read_passages(written(tmp_path, "manual.pdf", pdf_bytes(pages))).rows

    assert rows[0]["text"].startswith("The warranty lasts two years.")
    assert rows[0]["page"] == 1
    [dogs] = [row for row in rows if "Dogs stay outside." in row["text"]]
    assert dogs["page"] in (1, 3)


def test_an_outline_gives_a_pdf_its_headings(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    lines = ["Care", "Descale the kettle once a month with vinegar."] + ["Then rinse it well and let it dry."] * 8
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf_bytes([["Kettle", "Read this first."], lines])))
    whole = writer.add_outline_item(title="Kettle", page_number=0)
    writer.add_outline_item(title="Care", page_number=1, parent=whole)
    buffer = io.BytesIO()
    writer.write(buffer)

    rows = read_passages(written(tmp_path, "manual.pdf", buffer.getvalue())).rows

    assert rows[0]["heading"] == "Kettle"
    assert all(row["heading"] in ("Kettle", "Kettle > Care") for row in rows)


def test_an_encrypted_pdf_is_refused_with_what_to_do(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf_bytes([["Secret."]])))
    writer.encrypt("password", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)

    with pytest.raises(BadData, match=r"secret\.pdf is encrypted"):
        read_passages(written(tmp_path, "secret.pdf", buffer.getvalue()))


def test_a_scanned_pdf_is_refused_with_what_to_do(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")

    with pytest.raises(BadData, match="OCR"):
        read_passages(written(tmp_path, "scan.pdf", pdf_bytes([[], []])))


def test_docx_is_read_in_order_with_headings_and_tables(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    made = docx.Document()
    made.add_heading("Kettle", 1)
    made.add_paragraph("Fill it.")
    table = made.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Volume", "1.5 l"
    made.add_heading("Care", 2)
    made.add_paragraph("Descale it. Größe € 🍜")
    made.save(str(tmp_path / "kettle.docx"))

    [row] = read_passages(tmp_path / "kettle.docx").rows

    assert row["text"] == "Kettle\n\nFill it.\n\nVolume | 1.5 l\n\nCare\n\nDescale it. Größe € 🍜"
    assert row["heading"] == "Kettle"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("a.pdf", b"%PDF-1.7\nbroken", "no PDF that can be read"), ("a.docx", b"PK\x03\x04broken", "no DOCX"),
     ("a.docx", b"\xd0\xcf\x11\xe0", "encrypted, or in Word's format"),
     ("a.txt", b"caf\xc3\xa9 \xff\n" * 9, "line 1: not text"),
     ("a.md", b"", "holds no text"), ("a.html", b"<script>x</script>", "holds no text"), ("a.html", b"", "no HTML"),
     ("a.txt", b"a\n\0b", "line 2: not text"), ("a.exe", b"MZ", "no text, Markdown, HTML, PDF or DOCX")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_sentence(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    for library in ("pypdf", "docx", "lxml"):
        pytest.importorskip(library)

    with pytest.raises(BadData, match=says):
        read_passages(written(tmp_path, name, content))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.pdf"):
        read_passages(tmp_path / "gone.pdf")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [("a.txt", b"Dogs stay outside.", "text"), ("A.MD", b"# x", "markdown"), ("a.pdf", b"<!DOCTYPE html><p>", "html"),
     ("a", b"%PDF-1.4", "pdf"), ("q.txt", b'{"question": "x"}', None), ("q.json", b"[]", None), ("q.csv", b"a,b", None),
     ("q.zip", b"PK\x03\x04", None), ("q.parquet", b"PAR1", None)],
)  # fmt: skip
def test_kinds_are_told_by_content_then_by_name(name: str, content: bytes, kind: str | None) -> None:
    assert kind_of(name, content) == kind


def test_windows_line_ends_and_byte_order_marks_make_no_difference(tmp_path: Path) -> None:
    text = "# Care\n\nDescale it.\nOften."
    plain = read_passages(written(tmp_path, "a.md", text)).rows

    for content in (text.replace("\n", "\r\n").encode("utf-8-sig"), text.encode("utf-16")):
        assert read_passages(written(tmp_path, "a.md", content)).rows == plain


def test_stored_passages_are_read_back_under_their_headings(tmp_path: Path) -> None:
    sentence = "The kettle is filled with fresh cold water up to the mark. "
    found = read_passages(written(tmp_path, "a.md", "# Kettle\n\n## Care\n\n" + sentence * 40))
    path = written(tmp_path, "a.md.jsonl", found.lines())

    stored = stored_passages(path)

    assert is_stored(path)
    assert stored["id"].to_list() == [row["id"] for row in found.rows]
    assert stored["text"][0].startswith("# Kettle\n\n## Care\n\nThe kettle")
    assert all(text.startswith("Kettle > Care\nThe kettle") for text in stored["text"][1:])


def test_contexts_of_another_origin_are_told_apart(tmp_path: Path) -> None:
    assert not is_stored(written(tmp_path, "a.jsonl", json.dumps({"entity": "Kumo", "text": "Ramen."})))
    assert not is_stored(written(tmp_path, "b.jsonl", "not JSON"))
    assert not is_stored(written(tmp_path, "c.jsonl", ""))


def test_the_universe_reads_them_as_contexts(tmp_path: Path) -> None:
    found = read_passages(written(tmp_path, "a.md", "# Care\n\nDescale it."))
    written(tmp_path, "a.md.jsonl", found.lines())

    [context], complaints = read_contexts(Contexts(file="a.md.jsonl"), tmp_path)

    assert complaints == []
    assert (context.id, context.text, context.source) == ("a.md:0", "# Care\n\nDescale it.", "a.md")


def test_text_in_another_encoding_is_recognised(tmp_path: Path) -> None:
    text = "Größe: fünf Maß. Öffnen Sie die Tür, bevor Sie gießen."

    assert read_passages(written(tmp_path, "a.txt", text.encode("cp1252"))).rows[0]["text"] == text


def test_only_documents_are_taken_for_documents(tmp_path: Path) -> None:
    assert is_document(written(tmp_path, "a.md", "# Care"))
    assert not is_document(written(tmp_path, "q.jsonl", '{"question": "Dogs?"}'))
    assert not is_document(tmp_path / "gone.md")
    assert not is_document(tmp_path)
