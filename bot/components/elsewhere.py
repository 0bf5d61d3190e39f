"""What people ask this shop for that others sell, make or know: told apart from parts by a word.

Without these lists "stok beras masih?" looks like any question for stock. Left out is whatever a
parts shop's customers say as well: gas, minyak (rem), kapal and bus (which carry parcels), hujan.
"""

from __future__ import annotations

OTHER_MAKES = frozenset(
    "yamaha suzuki kawasaki vespa piaggio bajaj tvs ktm ducati harley davidson benelli viar kymco "
    "gesits alva uwinfly aprilia triumph mio fino nmax aerox lexi freego xmax xride jupiter vixion "
    "byson scorpio mx r15 r25 mt15 mt25 vega satria shogun thunder gsx smash skydrive nex avenis "
    "burgman ninja klx w175 d-tracker dtracker pulsar apache rx rxking rx-king f1zr crypton xeon "
    "axelo hayate x-ride fazzio filano morbidelli minerva tossa zx25r versys kaze bws wr155 "
    "xsr xabre tmax inazuma gixxer raider hayabusa vstrom "
    "mobil car cars truk truck pikap lorry boat boats sampan speedboat perahu traktor "
    "bajai excavator sepeda bicycle bicycles bmx becak bentor wiper wipers bumper "
    "toyota daihatsu mitsubishi nissan mazda wuling hyundai kia chery isuzu hino fuso mercedes bmw "
    "avanza xenia innova kijang fortuner yaris vios corolla camry alphard calya agya "
    "ayla sigra terios hilux pajero xpander l300 canter triton ertiga apv swift ignis baleno "
    "sienta voxy raize etios vellfire prado taft feroza sirion kuda outlander mirage delica xtrail "
    "x-trail navara datsun almaz confero ioniq creta stargazer sorento picanto byd tesla chevrolet "
    "captiva ford ranger everest peugeot renault volkswagen audi lexus jimny vitara odyssey "
    "cr-v hr-v br-v wr-v "
    "brio mobilio jazz crv hrv civic accord livina serena panther elf colt dyna granmax".split()
)
"""Makes, models and kinds of vehicle that no part of this shop is for, as customers write them."""

OTHER_GOODS = frozenset(
    # eaten and drunk
    "beras gula telur roti kue nasi ayam ikan daging sayur sayuran susu kopi teh galon bakso "
    "martabak geprek mie sate gorengan rokok pizza burger rice bread cake coffee milk egg eggs "
    "durian pisang jeruk semangka apel cabe cabai bawang tomat kentang tempe kerupuk sirup "
    "pasta restaurant resep masakan recipe catering rebus gofood grabfood "
    # worn, furnished, kept
    "baju celana sepatu sandal kaos kemeja jersey kebaya jilbab batik parfum sabun shampoo "
    "lipstik popok shirt dress sofa kasur mattress mattresses lemari springbed gorden kulkas "
    "televisi blender laptop laptops printer iphone ipad drone playstation ps4 "
    "ps5 kamera boneka genset semen pasir paku genteng elpiji "
    "kompor dispenser magicom powerbank headset cctv router modem kuota gitar piano raket handuk "
    "bantal selimut panci wajan bunga kalung gelang kacamata dompet koper ransel topi bedak tisu "
    "pampers guitar wallet wallets "
    "kucing anjing kambing sapi burung kelinci bibit sawit pupuk getah dog dogs pet pets "
    "kosan kontrakan tanah kpr "
    # done by others
    "hotel pesawat bandara kereta flight flights train taxi taksi konser bioskop "
    "laundry setrika plumber tukang pulsa token diamond pinjaman pinjol investasi saham "
    "bitcoin kripto dollar dolar ringgit loan mortgage deposito bpkb "
    "tilang paspor passport lowongan loker lamaran kerjaan gaji hiring vacancy seo "
    "obat dokter apotek vaksin poli demam batuk pusing doctor medicine headache "
    "sekolah kuliah skripsi matematika fisika kimia homework essay "
    # talked about
    "cuaca weather zodiak ramalan presiden president pilkada pemilu politik gubernur agama sholat "
    "salat doa gempa liga motogp piala persib soccer football "
    "film drakor lagu musik music song songs movie movies netflix youtube facebook tiktok "
    "poem riddle pantun dongeng puisi cerpen caption timer "
    "pacar jodoh nikah gebetan mantan cinta sayangku judi togel slot gacor jackpot "
    "wifi indosat telkomsel planet galaksi ibukota capital".split()
)
"""Goods, services and subjects of others."""
