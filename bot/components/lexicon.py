"""Word lists of Indonesian shop chat: shorthand, Pontianak Malay, bikes and parts.

Written for this project. Keys are lower case, as `text.tokens` produces them after collapsing
lengthened letters. Values are the spelling that the intent classifier is trained to read.
"""

from __future__ import annotations

_SPELLINGS: dict[str, str] = {
    # people
    "saya": "gw gue gua gwe aq aku ak sy sya w saye sayee kamek kame ane awak aye",
    "kamu": "lu lo loe elu kitak km kau kmu anda nt",
    "kakak": "kak kk ka kakk sis kaka",
    "abang": "bang bg bng gan agan bos boss bosku juragan om mas pak bapak",
    "admin": "min mimin atmin admn mimim adm",
    "bu": "ibu mbak mba",
    # negation
    "tidak": "ga gak g nggak ngga ngg enggak engga gk tak ndak tadak tdk kagak kaga nda ndk "
    "tida gag gax ngak enda nggk endak tidk dak",
    "tidak usah": "gausah gausa gaush",
    "tidak mau": "gamau gakmau gmau ogah ndakmau",
    "tidak jadi": "gajadi gakjadi gjd gajd gkjd",
    "belum": "blm blum belom blom lom lum bloman",
    "bukan": "bkn bukn buken",
    "jangan": "jgn jngn jgan jangn jgnlah",
    # question words
    "berapa": "brp brpa berape brape brapa berapaan brapaan brp2 berapakah brpaan",
    "bagaimana": "gmn gimana gmna gimane camane macamane bgmn bagaimane gmana gmnaa gimna gmn2",
    "kapan": "kpn kapn bile kapankah kpan",
    "kenapa": "knp knpa napa ngape kenape ngapa mengapa kenap knapa",
    "mana": "mn mane mna manakah",
    "dimana": "dmn dimane dmna dmana dimna dimn",
    "kemana": "kmn kemane kmana kmna",
    "apa": "ap ape pa apaan apaa",
    "siapa": "siape sapa sape spa",
    "apakah": "apkh apkah apakh",
    # verbs and helpers
    "bisa": "bs bsa bise bisakah isa bisaa bsakah",
    "boleh": "blh bole bolehke bleh bolehkah boleeh",
    "ada": "ad ade adakah adaa ado",
    "mau": "mw mo maok mao nak maw hendak pengen pgn pengin pingin pngn kepengen ingin mauu",
    "sudah": "sdh udh udah dah dh uda ud sdah suda udahan telah tlah dahh udhh sudh",
    "sedang": "lg lagi lgi sdg agik agek",
    "tanya": "nanya tny tnya nanyak tanyak tnyaa nny bertanya menanyakan nanyain",
    "lihat": "liat lht tengok liatin lihatin ngeliat",
    "minta": "mnt mintak mntak minte mnta mita",
    "tolong": "tlg tlong tlng tolonglah tlongin",
    "mohon": "mhn mohn",
    "bantu": "bntu bnt bantuin bntuin",
    "pesan": "psn pesen psen mesen mesan memesan pesn psnn pesenin",
    "pesanan": "psnan pesenan pesanannye pesanannya psenan psnn psanan",
    "order": "ordr oder odr ngorder ordet orderr mengorder",
    "orderan": "ordran orderanku odran orderannya",
    "beli": "bli belik bliii membeli beliin belikan",
    "ambil": "ambek amblk ambl amik ngambil mengambil ambilin abil",
    "bayar": "byr byar bayr membayar ngebayar bayarin",
    "pembayaran": "pmbyrn pembyrn pmbayaran pembayarannya",
    "transfer": "tf trf trfr tranfer trnsfr transf trasfer tranfser ditransfer transferan "
    "mentransfer",
    "kirim": "krm kirm krim kirimin kirimkan krmkn ngirim mengirim krimin",
    "dikirim": "dkrm dikrm dikirm dkirim dikirimin dikirimkan",
    "pengiriman": "pngriman pengirimn pgrman",
    "sampai": "smp sampe nyampe nyampek smpe smpai sampek nyampai smpi sampaii tiba",
    "datang": "dtg dtng dateng datangnye dtang",
    "batal": "btl batl btal batalkn",
    "batalkan": "btlin batalin btalin batalinn membatalkan dibatalkan dibatalin btlkn btalkan",
    "hapus": "hps apus hapuskan hapusin ngapus menghapus dihapus hpus apusin hpusin",
    "ganti": "gnti gantik gantiin gantikan mengganti diganti gntiin gnt",
    "ubah": "ubh rubah mengubah diubah ubahkan ngubah merubah ubahin",
    "tambah": "tmbh tambahin tambahkan nambah tmbhin tambh tmbah nambahin menambahkan",
    "kurangi": "kurangin krgin krngin kurangkan dikurangi krangin kurangn",
    "kurang": "krg krng krang",
    "cek": "check cekin ngecek dicek mengecek cekkan ck dicekkan",
    "pakai": "pake pke pk make makai gunakan menggunakan memakai pakek dipakai dipake",
    "cari": "nyari mencari cariin carikan nyarik cri nyriin",
    "jual": "jwl ngejual jualan menjual dijual",
    "balas": "bls bales dibalas ngebales",
    "bicara": "ngomong ngmg becakap ngobrol bicaralah berbicara omong",
    "hubungi": "hub dihubungi menghubungi hubungin",
    "telepon": "telp tlp telpon tlpn nelpon ditelpon tlpon telponan telfon tlfn menelepon",
    "sambungkan": "sambungin smbungin disambungkan smbungkn smbgkan",
    "kabari": "kabarin kbrin kabarkan kbari kbri kabarii infokan infoin kbarin",
    "proses": "prses diproses dproses prosess proces memproses",
    "kembalikan": "balikin blikin dikembalikan balekkan mengembalikan kembaliin blkin",
    "tukar": "tuker tkr tukr ditukar tukeran menukar tkar",
    "ulangi": "ulang ulangin ulg ulng diulang diulangi ulangkan mengulangi",
    "daftar": "dftr daftr daftarin daftarkan didaftarkan mendaftar dftar",
    "pasang": "psg pasangin dipasang psang",
    "jadi": "jd jdi jadik jdii",
    "terima": "trm trima terime trma nerima menerima",
    "tahu": "tau tw taukah tauu mengetahui",
    "kasih": "ksh kasi kaseh ngasih ksih",
    # adverbs, particles
    "yang": "yg yng yag iang",
    "ya": "y iya iyaa yaa yah iy iye aok hooh ye yup yoi yups",
    "dengan": "dgn dg dngan dngn",
    "untuk": "utk untk buat bwt untok bt2 bkt buwat",
    "dari": "dr dri dare",
    "sama": "sm same ama smaa",
    "karena": "krn krna karna soalnya soale",
    "kalau": "klo kalo kl klu klw kaloo jika bila",
    "tapi": "tp tpi tetapi tapii namun",
    "juga": "jg jga jugak jugaa",
    "saja": "aja aj ja jak jk doang dong2 ajaa",
    "sekarang": "skrg skrng skr skarang sekarg skrang",
    "hari": "hr ari hri",
    "besok": "bsk bsok esok",
    "kemarin": "kmrn kmren kemaren kmarin kmrin semalam",
    "tadi": "td tdi tadik",
    "nanti": "ntr nnti nti tar entar nantik ntar",
    "lama": "lamak lma lamaa lame",
    "banyak": "byk bnyk bnyak banyk byak",
    "semua": "smua smw semue smwa semuanya smuanya seluruh",
    "sedikit": "sikit dikit dkt dikid sdkt sikitlah",
    "lebih": "lbh lbih",
    "sangat": "bgt banget bgtt bngt gile gila amat bangat bangt",
    "seperti": "kayak kyk kaya macam sprti spt kek sprt kyak",
    "sebelum": "sblm sblum sebelom",
    "sesudah": "stlh setelah stelah",
    "begitu": "gitu gt gtu begini gini gni",
    "ini": "ni nih in",
    "itu": "tu tuh itutu",
    "di sini": "disini dsini sini dsni sinik",
    "di sana": "disana dsana",
    "lah": "deh dong donk dnk bah sih dh2 lha",
    "langsung": "lgsg lngsng langsng lsg lngsg",
    "masih": "msh msih masi mash",
    "bulan": "bln blan",
    "tahun": "thn taon th tahon",
    "jam": "jm pukul",
    "orang": "org orng urang",
    "satu": "se1 sebiji sebuah satuu",
    "dua": "duak due duaa",
    "tiga": "tige tigak",
    "empat": "mpat empt",
    "terima kasih": "makasih mksh makasi mks mksi terimakasih trims tq thx thanks thank tks "
    "makaseh tengkyu tengkiu tenkyu trimakasih timakaseh maacih mamacih suwun trmksh ty mkasih "
    "trimz tqu tengs thankyou makasihh mkasi tanks trmakasih",
    "ok": "oke okeh okay okey okk oks sip siap okee ocre siip okeyy sipp",
    "selamat": "slmt slamat met selamt slmat",
    "pagi": "pg pgi pagii",
    "siang": "siank syg2 siangg",
    "malam": "mlm malem mlam",
    "sore": "sor petang",
    "halo": "hallo hai hi hello hay haloo helo hey alo hei hy",
    "assalamualaikum": "asslmkm assalamu'alaikum aslm ass asw asskum aslkm assalamualaikm askum",
    # shop words
    "barang": "brg brng bareng2 barg barangnye brang barangnya brgnya brangnya",
    "harga": "hrg harge hrga hargany hargaa hrgnya harganye harganya harge2",
    "ready": "rdy redy redi ready2 redii rady ridi",
    "stok": "stock stk stokk setok",
    "habis": "abis hbs hbis kosong kosng ksong",
    "ongkir": "ongkr ongkirnye ongkirnya ongkrim ongkirr",
    "toko": "tko kedai toke",
    "alamat": "almt alamt alamatnya almat alamatnye",
    "nomor": "no nmr nmer nomer nomr nmor nomornya nmrnya",
    "rekening": "rek norek rekning rekeningnya reknng",
    "resi": "rsi resinya resinye rsinya",
    "paket": "pkt paketnya pktnya pkt2 paketku paketan",
    "kurir": "krir kurirnya kurr kuri",
    "nota": "notanya notanye notae notaa",
    "faktur": "fktur faktr",
    "invoice": "invc invois inv invoise infoice",
    "promo": "prmo prm promonya promonye promosi",
    "diskon": "disc dskon diskn dskn discount discon dskonan",
    "murah": "mrh murh mrah",
    "mahal": "mhl mahall mhal",
    "asli": "ori original genuine orisinil orsi aseli orisinal oroginal",
    "palsu": "kw tembak imitasi abal plsu",
    "foto": "ft poto gambar gambarnye pic photo gbr fto",
    "garansi": "grnsi garans garansinya waranti grnsinya",
    "ukuran": "ukrn ukurannya ukuranya ukrannya",
    "rusak": "rsk rosak rusk rsak cacat",
    "salah": "slh salh slah",
    "keranjang": "krnjng krnjg kranjang keranjg keranjangku kranjng",
    "total": "ttl totl totalnya totalnye ttlnya",
    "bukti": "bkti bukt buktinya buktinye bktinya",
    "uang": "duit duet dana uangnya duitnya duwit duetnye",
    "motor": "mtr motr mtor sepeda2",
    "cocok": "ccok cocokny cck cocoknya cocoknye cocock",
    "kampas": "kmps kampasnya kampase kmpas kampass",
    "busi": "bsi businya bussi businye",
    "oli": "olie olinya oly olinye",
    "depan": "dpn depn",
    "belakang": "blkg blakang blkng belakng blkang",
    "customer service": "cs cse",
    "langganan": "lngganan lgganan berlangganan langgnan lgnan",
    "berhenti": "brhenti brenti stop stp henti hentikan",
    "komplain": "kmplain komplen komplin complain complaint kmplen keluhan",
    "retur": "rtur return retor mengembalikan",
    "refund": "rfund refun rfnd",
    "klaim": "claim klem klim",
    "poin": "point pt points poinku pin2 poinnya",
    "akun": "akn account akunku",
    "bahasa": "bhs bhasa bahase",
    "servis": "service srvis serpis",
    "kecewa": "kcewa kcwa kecew kuciwa",
    "lunas": "lns lunass",
    "konfirmasi": "konfirm konfir confirm kfrm",
    "checkout": "cekot ckout cekout co chekout cek-out",
    "cancel": "cncl cansel kensel cancle kencel",
}

SHORTHAND: dict[str, str] = {
    variant: canonical for canonical, variants in _SPELLINGS.items() for variant in variants.split()
}

BIKES: frozenset[str] = frozenset(
    "beat bt2 vario vrio scoopy scpy skupi genio pcx adv supra revo blade kharisma karisma kirana "
    "megapro tiger verza cbr cb150r cb cbr150 cbr150r cbr250 cbr250rr crf crf150l sonic gtr cs1 "
    "spacy grand prima legenda fit win glmax gl c70 c100 astrea techno impressa absolute stylo "
    "forza monkey neotech gx cb150 cb150x nss nsr street streetfire esp supra-x supra-fit".split()
)

PARTS: frozenset[str] = frozenset(
    "kampas busi oli vbelt v-belt belt roller rlr aki accu spion lampu bohlam bolam laher bearing "
    "rantai gear gir seal sil shock shockbreaker sok skok komstir cdi ecu kiprok koil coil "
    "injektor karburator karbu piston ring paking packing gasket kabel handle handel master "
    "cakram disc tromol velg ban jok stang knalpot standar klakson saklar switch speedometer "
    "spidometer spakbor cover bodi body fairing per pegas klep valve filter saringan pompa "
    "fuelpump pump radiator coolant grease gemuk kunci kontak sensor keteng tensioner noken baut "
    "mur as kruk mangkok puli pulley cvt gardan mpx mpx1 mpx2 dinamo starter soket sein sen "
    "reflektor mika stiker emblem membran sparepart spare-part part parts onderdil pads pad brake "
    "spark plug plugs filters filter battery mirror mirrors chain sprocket tyre tire bulb "
    "headlight clutch cable shocks piston-kit minyak kopling rem blok head stator spul magnet "
    "vanbelt kanvas footstep".split()
)
