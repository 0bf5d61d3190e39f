"""The words that make a number one of pieces, or keep it from being one. Data of the reader."""

from __future__ import annotations

BUNDLES = {
    "lusin": 12, "dosin": 12, "lsn": 12, "lusen": 12, "losin": 12, "dozen": 12, "dozens": 12,
    "kodi": 20, "gros": 144,
    "pasang": 2, "psg": 2, "psng": 2, "pasng": 2, "psang": 2, "pair": 2, "pairs": 2,
}  # fmt: skip
WHOLE = {
    "selusin": 12, "selosin": 12, "slusin": 12, "sekodi": 20, "segros": 144,
    "sepasang": 2, "spasang": 2, "sepsang": 2, "sepasangnya": 2,
}  # fmt: skip
ONE = frozenset(
    "sebiji sebji sebijik sebuah seset setu seunit sebotol selembar sebatang sekeping sepotong "
    "sekaleng setube sebutir".split()
)
PIECES = frozenset(
    "pcs pc pce pcz biji bji bj bijik bijian buah bh unit set stel piece pieces item items lembar "
    "lbr botol btl btol batang btg keping potong kaleng klg tube sachet butir bottle bottles sets "
    "units helai psc".split()
)
HALF = frozenset({"setengah", "stengah", "stgh", "half"})
ARTICLES = frozenset({"a", "an"})
COUNTS = frozenset(
    "qty jumlah jumlahnya jml jmlh jmlhnya sebanyak banyaknya sejumlah isi x".split()
)
VERBS = frozenset(
    "ambil ambek ambik ambl pesan pesen psn order orderan mau mo mw maok beli bli butuh btuh minta "
    "mnta perlu tambah tambahin tambahkan tmbh nambah take need want get buy add have like jadi "
    "jd menjadi jadiin jadikan to cukup masing masing2 kurang kurangi kurangin kirim just only "
    "ditambah bungkus siapin siapkan".split()
)
FILLERS = frozenset(
    "ya yaa yah yak aja aj ajah saja sj dong donk deh dulu dl kak kk ka kakak bang bg bng abang "
    "gan om mas mbak pak bu min bos boss lah lha nih ni nya y please pls plis thx makasih mksh tks "
    "of juga jg jak jaklah je kok sih ok oke okeh iya kan for me us i saya sy aku kita kami yg "
    "doang lagi lg more tq trims sekalian lgsg langsung just only ill ada untuk utk buat".split()
)
LEADING = (
    FILLERS
    | VERBS
    | frozenset(
        "halo hai hi tolong tlg mohon bisa would could can the then lalu trus terus sama dan and "
        "plus juga jg to like eh bukan maksudnya salah ganti harga stok".split()
    )
)
NOT_BEFORE = frozenset(
    "no nomor nmr nomer number ukuran uk size type tipe seri gen generasi tahun th thn taun year "
    "keluaran jam pukul tgl tanggal rt rw blok km mata jalur kode pos dot sae spx mpx euro versi "
    "baris opsi pilihan yang yg urutan poin usia umur diameter os oversize step stage lantai "
    "gang gg ke seharga harga hp wa telp telepon lama sekitar sampai sampe hampir "
    "setiap tiap line option rank level".split()
)
NOT_AFTER = frozenset(
    "cc km rb ribu rbu k jt juta tahun taun th thn tahunan bulan bln hari hr minggu mgg jam menit "
    "mnt detik gram gr g kg kilo ml l ltr lt liter litre mm cm m meter mtr inch inci volt v w watt "
    "amper ampere ah mata t teeth persen orang org motor mtr kali tak langkah roda lubang pin kaki "
    "phase fasa silinder katup hp dus kardus box karton krat kotak pack macam jenis arah pintu "
    "speed percepatan tingkat toko bengkel alamat years year days day hours hour months month "
    "weeks week minutes bikes bike motorcycles people times cm3 rpm psi ton am pm wib sore pagi "
    "malam siang star bintang cabang karyawan anak pelanggan model sisi".split()
)
SIZES = frozenset({110, 115, 125, 135, 150, 155, 160, 165, 175, 225, 250})
BIKE_SIZES = SIZES | {50, 70, 80, 86, 90, 100, 108, 120, 130, 145, 180, 200, 300, 400, 500, 650}
OWN_NUMBERS = (
    (frozenset("gir gear sproket sprocket mata".split()), range(11, 60)),
    (frozenset("roller loler roler".split()), range(7, 26)),
    (frozenset("ban velg ring pelek".split()), range(14, 200)),
    (frozenset("rantai chain keteng".split()), range(50, 2000)),
    (frozenset("aki accu battery bohlam bulb lampu".split()), range(25, 200)),
    (frozenset("oli oil pelumas".split()), range(20, 60)),
)
"""Parts with numbers of their own: teeth, grams, inches, links, watts, viscosity."""
REPEATED = frozenset(
    "tanya nanya chat wa sms telp telpon telepon hubungi transfer tf bayar kirim coba balik datang "
    "udah sudah udh sdh ganti servis service pakai pake beli".split()
)
