"""Lists sent as files: whatever a workshop exports is read, whatever is not a list is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest

from crm_core.catalogue.shoppingfiles import MAX_BYTES, is_list_type, read_file
from crm_core.errors import InvalidInput


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def lines(content: bytes) -> list[tuple[str, int]]:
    return [(line.text, line.quantity) for line in read_file(content)]


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        read_file(content)
    return refused.value.code


@pytest.mark.parametrize(
    "content",
    [
        b"kode;nama barang;qty\n06455-KVB-N01;Kampas Rem;2\n;busi beat;6\nTotal;;8\n",
        b"Part No,Nama,Jumlah\n06455-KVB-N01,Kampas Rem,2\n,busi beat,6\n",
        b"sep=;\nkode;nama;qty\n06455-KVB-N01;Kampas Rem;2 pcs\n;busi beat;6\n",
        "\ufeffkode\tnama\tqty\n06455-KVB-N01\tKampas Rem\t2\n\tbusi beat\t6\n".encode(),
        "kode;nama;qty\r\n06455-KVB-N01;Kampas Rem;2\r\n;busi beat;6\r\n".encode("utf-16"),
        workbook([["Kode", "Nama Barang", "Qty"], ["06455-KVB-N01", "Kampas Rem", 2.0],
                  [None, "busi beat", 6], [None, "TOTAL", 8]]),
        workbook([["Daftar pesanan Bengkel Jaya"], [], ["No", "Kode Part", "Nama", "Jml"],
                  [1, "06455-KVB-N01", "Kampas Rem", "2"], [2, None, "busi beat", 6],
                  [3, None, "aki", 0]]),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_headings(content: bytes) -> None:
    assert lines(content) == [("06455-KVB-N01 Kampas Rem", 2), ("busi beat", 6)]


@pytest.mark.parametrize(
    "content",
    [
        b"06455KVBN01,2\n31500KZR602,1\n",
        b"06455KVBN01;2\n31500KZR602;1\n",
        workbook([["06455KVBN01", 2], ["31500KZR602", 1]]),
        workbook([[1, "06455KVBN01", 2], [2, "31500KZR602", 1], [3, "", ""]]),
        b"06455KVBN01 2\n31500KZR602 1 pcs\n",
    ],
)
def test_without_headings_columns_are_known_by_what_stands_in_them(content: bytes) -> None:
    assert lines(content) == [("06455KVBN01", 2), ("31500KZR602", 1)]


def test_a_column_of_bikes_joins_the_part() -> None:
    content = workbook([["Nama", "Motor", "Qty"], ["kampas rem", "Beat 2019", 2]])
    assert lines(content) == [("kampas rem Beat 2019", 2)]


def test_windows_writing_is_read() -> None:
    assert lines("nama;qty\nkampas dépan beat;2\n".encode("cp1252")) == [("kampas dépan beat", 2)]


def test_a_formula_is_text_and_never_run() -> None:
    assert lines(b'barang,qty\n=HYPERLINK("http://x"),2\n') == [('=HYPERLINK("http://x")', 2)]
    assert refusal(workbook([["barang", "qty"], ["=1+1", 2]])) == "list_file_empty"


def test_what_is_no_list_is_refused_by_name() -> None:
    assert refusal(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00") == "list_file_unreadable"
    assert refusal(b"PK\x03\x04 not a zip") == "list_file_unreadable"
    assert refusal(b"") == "list_file_empty"
    assert refusal(b"\n\n;;\n") == "list_file_empty"


def test_a_file_of_more_than_a_megabyte_is_refused_unread() -> None:
    assert refusal(b"busi beat;2\n" * (MAX_BYTES // 12 + 1)) == "list_file_too_large"


def test_a_small_file_that_unpacks_to_a_flood_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (30 * 1024 * 1024))
    assert len(target.getvalue()) < MAX_BYTES
    assert refusal(target.getvalue()) == "list_file_too_large"


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("readme.txt", b"hello")
    assert refusal(target.getvalue()) == "list_file_unreadable"


def test_more_than_a_hundred_rows_are_refused_as_a_whole() -> None:
    assert refusal(b"nama;qty\n" + b"busi beat;2\n" * 101) == "list_too_long"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text/csv", True),
        ("text/csv; charset=utf-8", True),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", True),
        ("application/vnd.ms-excel", True),
        ("image/jpeg", False),
        ("application/pdf", False),
        ("", False),
    ],
)
def test_a_list_is_known_by_its_type(kind: str, expected: bool) -> None:
    assert is_list_type(kind) is expected
