"""The privacy policy, written out of what was looked at; what does not hold is struck out, with the reason."""

from collections.abc import Sequence

from op26x.calls.verifying.pages import page, table
from op26x.calls.verifying.verification import PromiseResult, Verification
from op26x.processors import Registered

TITLE = {
    "en": "Privacy policy of {}",
    "de": "Datenschutzerklärung von {}",
    "es": "Política de privacidad de {}",
    "fr": "Politique de confidentialité de {}",
    "hi": "{} की गोपनीयता नीति",
}
MADE = {
    "en": "As of {}. Made from the running installation; a sentence that does not hold there is struck out.",
    "de": "Stand {}. Aus der laufenden Installation erzeugt; ein Satz, der dort nicht gilt, ist durchgestrichen.",
    "es": "A fecha de {}. Hecha a partir de la instalación en marcha; una frase que no se cumple está tachada.",
    "fr": "En date du {}. Établie d'après l'installation en service ; une phrase qui n'y tient pas est barrée.",
    "hi": "{} के अनुसार। चल रही स्थापना से बनी; जो वाक्य वहाँ सच नहीं वह कटा हुआ है।",
}
SECTIONS = {
    "hold": {
        "en": "What we hold",
        "de": "Was wir speichern",
        "es": "Qué guardamos",
        "fr": "Ce que nous détenons",
        "hi": "हम क्या रखते हैं",
    },
    "use": {
        "en": "What we use it for",
        "de": "Wofür wir es verwenden",
        "es": "Para qué lo usamos",
        "fr": "À quoi cela nous sert",
        "hi": "हम इसका उपयोग किस लिए करते हैं",
    },
    "share": {
        "en": "Whom we give it to",
        "de": "Wem wir es geben",
        "es": "A quién lo damos",
        "fr": "À qui nous le donnons",
        "hi": "हम इसे किसे देते हैं",
    },
    "consent": {
        "en": "Consent",
        "de": "Einwilligung",
        "es": "Consentimiento",
        "fr": "Consentement",
        "hi": "सहमति",
    },
    "security": {
        "en": "Security and retention",
        "de": "Sicherheit und Aufbewahrung",
        "es": "Seguridad y conservación",
        "fr": "Sécurité et conservation",
        "hi": "सुरक्षा और अवधि",
    },
    "rights": {"en": "Your rights", "de": "Ihre Rechte", "es": "Sus derechos", "fr": "Vos droits", "hi": "आपके अधिकार"},
}
COLUMNS = {
    "en": ("company", "what for", "where", "what it keeps", "terms"),
    "de": ("Unternehmen", "wofür", "wo", "was es behält", "Bedingungen"),
    "es": ("empresa", "para qué", "dónde", "qué conserva", "condiciones"),
    "fr": ("entreprise", "à quoi", "où", "ce qu'elle conserve", "conditions"),
    "hi": ("कंपनी", "किस लिए", "कहाँ", "क्या रखती है", "शर्तें"),
}
ANYWHERE = "–"


def as_markdown(found: Verification, registered: Sequence[Registered]) -> str:
    """The policy in the language of the verification.

    Args:
        found: What was looked at.
        registered: How companies stand; those that may be given data are listed.
    """
    language = found.language
    lines = [f"# {TITLE[language].format(found.organization)}", "", MADE[language].format(f"{found.at:%Y-%m-%d}")]
    for section, names in SECTIONS.items():
        lines += ["", f"## {names[language]}"]
        for one in found.promises:
            if one.section == section:
                lines += ["", _sentence(one)]
        if section == "share":
            lines += _companies(registered, language)
    return "\n".join(lines) + "\n"


def as_html(found: Verification, registered: Sequence[Registered]) -> str:
    """The same as a page."""
    return page(TITLE[found.language].format(found.organization), as_markdown(found, registered), found.language)


def _sentence(one: PromiseResult) -> str:
    return f"~~{one.says}~~ **{one.findings}**" if one.state == "broken" else one.says


def _companies(registered: Sequence[Registered], language: str) -> list[str]:
    own = [one.processor for one in registered if one.standing.is_given_data]
    if not own:
        return []
    rows = [
        (one.name, one.purpose, ", ".join(one.places) or ANYWHERE, one.keeps or ANYWHERE, one.terms or ANYWHERE)
        for one in own
    ]
    return table(COLUMNS[language], rows)
