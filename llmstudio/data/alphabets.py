"""Which letters beyond ASCII the languages of Latin script use, and the commonest letters of other scripts.

Facts of orthography, used to tell encodings apart: a decoding is believed if some language has all its letters.
"""

WESTERN = {
    "French": "àâæçèéêëîïôœùûüÿ",
    "German": "äöüßéà",
    "Spanish": "áéíïñóúüªº",
    "Portuguese": "àáâãçéêíóôõúüªº",
    "Italian": "àèéìíîòóùú",
    "Catalan, Occitan": "àáçèéíïòóúü",
    "Dutch": "áèéêëïíóöüú",
    "Swedish, Finnish, Estonian": "åäöõüéšžà",
    "Danish, Norwegian": "æøåéèêëòóôâäöü",
    "Icelandic": "áðéíóúýþæö",
    "Faroese": "áðíóúýæø",
    "Afrikaans": "èéêëîïôöûáóúü",
    "Irish, Scottish": "áéíóúàèìòù",
    "Welsh, Frisian": "âêîôûáéíóúàèìòùäëïöü",
    "Breton": "âêîôûñùüé",
    "Albanian": "çëâ",
    "Walloon": "åâçéèêëîôûàù",
    "Friulian, Sardinian": "âêîôûàèìòùç",
    "Sotho, Tswana": "šôê",
}
OTHER_LATIN = {
    "Polish": "ąćęłńóśźż",
    "Czech": "áčďéěíňóřšťúůýž",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Hungarian": "áéíóöőúüű",
    "Croatian, Slovene": "čćđšž",
    "Romanian": "ăâîșțşţ",
    "Sorbian": "ćčěłńóřśšźž",
    "Turkish, Azeri, Gagauz": "çğıöşüâîûäê",
    "Lithuanian": "ąčęėįšųūž",
    "Latvian": "āčēģīķļņšūžōŗ",
    "Maltese": "ċġħżàèìòù",
    "Esperanto": "ĉĝĥĵŝŭ",
    "Vietnamese": "ăâđêôơưáàãéèíìóòõúùýạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịỏọốồổỗộớờởỡợụủứừửữựỳỵỷỹĩũ\u0300\u0301\u0303\u0309\u0323",
}
COMMON = {
    "CYRILLIC": "оеаинтсрвлкмдпу",
    "GREEK": "αοιετνσηρκπυςάίό",
    "HEBREW": "יוהלאמרתשבנכ",
    "ARABIC": "اليمونرتبةعدسفه",
    "THAI": "านรอกเงมยลวดทส",
}
HAN_SIMPLE = (
    "的一是不了人有在和这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种"
    "面而方后多定行学法所民得经"
)
HAN_TRADITIONAL = (
    "的一是不了人有在和這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種"
    "面而方後多定行學法所民得經"
)
