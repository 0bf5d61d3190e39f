"""Which language a customer writes: Indonesian or English, or unsure.

Word lists of this project. Words that both languages' speakers type in an Indonesian shop chat
("ok", "ready", "order", "thanks", "stop") count for neither.
"""

from __future__ import annotations

import re
from typing import Literal

from bot.components.lexicon import BIKES, PARTS, SHORTHAND
from bot.components.text import plain

Language = Literal["id", "en"]

_SHARED = frozenset(
    "ok okay oke order ready stop start thanks thank thx tq ty tks hello hi hey hai helo yes no "
    "bye reg unreg admin min check checkout cancel refund return transfer promo stock stok "
    "discount voucher invoice point points poin member cs customer service complain complaint "
    "claim bot online offline original genuine sparepart part parts motor honda email update data "
    "menu help reorder resend live track tracking test sip gas best price photo set pcs box led "
    "user cod qris bank cash tempo paid done p y g w sy in a i at am as on an it ya an to do us "
    "we me is by or of if so up my go be one two ok can may mat air pad dot bra ada part's please "
    "pls sorry loop deal nett net last repeat confirm confirmed restock pre preorder delivery "
    "shipping standar sale sis boss tf trf total".split()
)
_ENGLISH = frozenset(
    "the this that these those there here what's where's it's i'm i'll i'd i've don't doesn't "
    "didn't can't isn't haven't hasn't won't you're is are was were am be been being do does did "
    "have has had will would could should can may might must my mine your yours our ours their "
    "his her me you we they he she it us them i a an of for from with without about into to at by "
    "on in if or and but so because when where what which who whom whose why how much many any "
    "some every all both need want wants looking look buy bought get got give take took send sent "
    "ship shipped shipping arrive arrived arrives pay paying payment price cost costs cheap "
    "cheaper expensive available does fit fits compatible bike motorcycle scooter oil brake front "
    "rear left right pair bottle bottles spark plug plugs belt battery tire tyre tires bulb chain "
    "clutch mirror mirrors filter change remove add delete swap instead cart basket status "
    "package parcel courier delivered address phone number name account human person agent "
    "someone speak talk english indonesian broken damaged wrong late missing fake replacement "
    "warranty exchange money back receipt open close hours today tomorrow yesterday morning "
    "evening afternoon good nice very too also again still yet already just only same new old "
    "first second last next please sorry thanks hello understand know tell show let make know "
    "help correct sure fine right exactly great perfect later never nothing everything something "
    "anything not no yes yeah nope discount deals deal points balance subscribe unsubscribe "
    "messages ads robot real machine repeat say said how's who's let's that's there's up out off "
    "over it'll shop store order orders cancel whats wheres hows whos thats theres its im ive ill "
    "dont doesnt didnt cant wont isnt havent u ur r tmrw tmr gonna wanna gotta gimme lemme cuz "
    "stuff bit cheapest lowest highest biggest soon asap".split()
)
_INDONESIAN = frozenset(
    "yang dan di ke dari untuk dengan ini itu ada apa berapa bagaimana kapan kenapa mana dimana "
    "siapa apakah bisa boleh mau ingin minta tolong mohon saya kami kita kamu anda kakak kak bang "
    "pak bu mas mbak tidak bukan belum jangan sudah sedang akan masih lagi juga saja dong deh sih "
    "kok nih tuh lah kah pun ya iya terima kasih makasih selamat pagi siang sore malam halo "
    "barang harga pesan pesanan beli ambil bayar kirim dikirim sampai ongkir alamat nomor "
    "rekening resi paket kurir toko stok habis kosong tambah hapus ganti ubah batal batalkan "
    "keranjang semua satu dua tiga empat lima enam tujuh delapan sembilan sepuluh biji "
    "botol buah sepasang depan belakang kiri kanan merah hitam putih biru motor tahun cocok muat "
    "pakai buat sama beda rusak salah kurang kecewa lama cepat tukar retur garansi asli palsu "
    "ukuran foto bahan oli busi kampas rem bahasa indonesia nama orang bicara hubungi telepon "
    "poin promo diskon murah mahal tanya cara jam buka tutup hari besok kemarin tadi nanti "
    "sekarang bulan minggu uang nota struk kuitansi faktur tentang jalan gang kota kabupaten desa "
    "rumah kantor bengkel karena kalau jika tapi atau seperti lebih sangat banget sekali lain "
    "jadi dulu aja gimana nggak pernah harus perlu punya kasih balik ulang ulangi lanjut setuju "
    "betul benar baik siap gratis antar daftar akun berhenti langganan keluhan komplain laporan "
    "uangnya bapak ibu para oleh pada dalam secara dapat telah agar atas lampu baru bekas "
    "warna tipe merek merk mesin kaca roda setang jok".split()
)
_GREETING = frozenset("hi hey hello".split())
_INDONESIAN_SHORTHAND = frozenset(SHORTHAND) - _SHARED - _ENGLISH
_INDONESIAN_SHAPE = re.compile(
    r"(?:meng|mem|men|ber|ter|per|pe|di|ke)[a-z]{4,}|[a-z]{3,}(?:nya|kan|nye|lah|kah)"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# The codes of orders, complaints and returns are made of letters drawn at random ("P-UP2CU"); a
# digit that is only the end of a word doubles it ("orang2").
_CODE = re.compile(r"(?<![\w-])[a-z](?:-|(?=[a-z]*\d[a-z]))[2-9a-hj-np-z]{5}(?![\w-])")


def detect_language(text: str) -> Language | None:
    """The language of one message, or None where it does not say (numbers, codes, "ok", names).

    English needs two clearly English words, or one behind a greeting ("hi there"), Indonesian one;
    where both are mixed the one with at least twice the evidence wins, else nobody does.
    """
    words = [word.replace("’", "'") for word in _WORD.findall(_CODE.sub(" ", plain(text)))]
    neutral = _SHARED | BIKES
    indonesian = sum(_is_indonesian(word) for word in words if word not in neutral)
    english = sum(word in _ENGLISH for word in words if word not in neutral)
    # Little words such as "is", "my", "it" prove nothing alone but settle it beside an English one.
    english += sum(word in _SHARED and word in _ENGLISH for word in words) if english else 0
    if indonesian and indonesian >= 2 * english:
        return "id"
    if english >= 2 and english >= 2 * indonesian:
        return "en"
    if english and not indonesian and _GREETING.issuperset(words[:1]) and len(words) >= 2:
        return "en" if all(word in _SHARED or word in _ENGLISH for word in words) else None
    return None


def _is_indonesian(word: str) -> bool:
    if word in _INDONESIAN or word in _INDONESIAN_SHORTHAND:
        return True
    if word in _ENGLISH or word in PARTS:
        return False
    return _INDONESIAN_SHAPE.fullmatch(word) is not None
