"""Strangers' files: decoded and encoded again, or refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from channels import pictures
from crm_core.errors import InvalidInput
from tests.forms import encoded


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_usual_formats_become_a_jpeg_of_the_same_size(kind: str) -> None:
    picture = pictures.clean(encoded(kind))
    with Image.open(io.BytesIO(picture.content)) as made:
        assert (made.format, made.size) == ("JPEG", (40, 30))


def test_the_place_where_a_photo_was_taken_is_not_kept() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (0.0, 1.0, 34.0)
    exif[0x010E] = "rumah saya"
    picture = pictures.clean(encoded(exif=exif))
    with Image.open(io.BytesIO(picture.content)) as made:
        assert dict(made.getexif()) == {}
    assert b"rumah saya" not in picture.content


def test_text_hidden_in_a_png_is_not_kept() -> None:
    info = PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    assert b"script" not in pictures.clean(encoded("PNG", pnginfo=info)).content


def test_a_second_file_behind_the_picture_is_not_kept() -> None:
    assert b"<html>" not in pictures.clean(encoded() + b"<html><script>1</script>").content


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = pictures.clean(encoded(exif=exif))
    assert (picture.width, picture.height) == (30, 40)


def test_a_large_photo_is_made_smaller() -> None:
    picture = pictures.clean(encoded(size=(4000, 3000)))
    assert (picture.width, picture.height) == (2000, 1500)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "picture_empty"),
        (b"%PDF-1.7", "picture_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture_unreadable"),
        (b"<html><script>1</script></html>", "picture_unreadable"),
        (encoded("BMP"), "picture_unreadable"),
        (encoded()[:150], "picture_unreadable"),
        (b"\xff\xd8" + b"0" * pictures.MAX_BYTES, "picture_too_large"),
    ],
    ids=["empty", "pdf", "svg", "html", "bmp", "truncated", "bytes"],
)
def test_anything_else_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        pictures.clean(content)
    assert refusal.value.code == code


def test_a_small_file_with_very_many_pixels_is_refused() -> None:
    content = encoded("PNG", (20_000, 3_000), compress_level=1)
    assert len(content) < pictures.MAX_BYTES
    with pytest.raises(InvalidInput, match="picture_too_large"):
        pictures.clean(content)
