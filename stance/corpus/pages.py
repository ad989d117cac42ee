"""The article in a saved web page, without what the page puts around and between it: menus, offers, messages, links to other articles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["page_facts", "parse_page", "without_asides"]

_AROUND = ["//nav", "//footer", "//header[.//nav]", "//form", "//noscript"]
_LONGEST = 300  # characters of a line that is no part of the article
_LINK = re.compile(
    r"(?:lees|bekijk|luister|beluister|kijk|zie|volg) (?:ook|verder|meer|hier)(?:\s*:.*|\b[^.!?]*)|meer (?:over|nieuws|lezen|artikelen)\b[^.!?]{0,80}"
    r"|(?:lire|voir) aussi\b[^.!?]*|gerelateerd\w*(?: artikelen)?\s*:?|aanbevolen(?: artikelen)?\s*:?"
    r"|(?:deel|delen|print|bewaar)(?: dit artikel| via\b[^.!?]*)?\s*:?",
    re.IGNORECASE,
)
_LETTER = re.compile(
    r"(?:schrijf (?:je|u)|meld (?:je|u)|abonneer (?:je|u)|ontvang|wil je|wilt u)\b.{0,160}\b(?:nieuwsbrief|nieuwsbrieven|nieuwsupdate|inbox|mailbox)\b.*",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"(?:verder|verder gratis|dit artikel|onbeperkt|meer) lezen\s*\?.*|word (?:nu |ook )?(?:abonnee|lid)\b.*"
    r"|(?:al|bent u al|ben je al) (?:abonnee|lid|een account)\b.*"
    r"|neem (?:nu )?een abonnement\b.*|(?:dit artikel|deze inhoud|dit verhaal) is (?:alleen|exclusief|enkel) (?:beschikbaar )?voor abonnees.*"
    r"|(?:alleen|exclusief|enkel) voor abonnees.*|lees (?:dit artikel|onbeperkt|alles|het hele)\b.{0,120}(?:abonnee|abonnement|euro|€|gratis|proef)\b.*"
    r"|(?:krijg|kies) .{0,80}(?:toegang tot alle|abonnement)\b.*|log(?: hier)? in(?: om.*)?[.!]?|inloggen|maak (?:gratis )?een account aan.*",
    re.IGNORECASE,
)
_MESSAGE = re.compile(
    r"(?:deze|de|dit|het) (?:video|audio|podcast|inhoud|content|fragment|pagina)\w*\b.{0,60}\b(?:kan|kunnen|is|wordt) (?:helaas )?niet (?:worden )?"
    r"(?:afgespeeld|getoond|weergegeven|geladen|beschikbaar).*|(?:zet|schakel) javascript\b.*|(?:je|uw) browser\b.{0,80}\b(?:ondersteunt|verouderd)\b.*"
    r"|(?:accepteer|geef toestemming|pas je cookie)\b.{0,120}\b(?:cookies?|video|inhoud|content|bekijken|cookie-?instellingen)\b.*|laden\s*\.{0,3}",
    re.IGNORECASE,
)
_CONSENT = re.compile(r"\b(?:accepteer|akkoord|toestemming|weiger|instellingen|voorkeuren|privacy gate)\w*", re.IGNORECASE)
_ASKING = re.compile(r"\b(?:wij|we|onze|ons)\b", re.IGNORECASE)
_CONSENT_WORDS, _COOKIES = 150, 3  # a page with fewer words that asks, and speaks of cookies so often, is no article
_HEADING_WORDS = 4
_NOT_FREE = re.compile(r'"isAccessibleForFree"\s*:\s*"?false', re.IGNORECASE)
_ARTICLE = re.compile(r"<article\b", re.IGNORECASE)
_HEADING = re.compile(r"<h[1-3]\b", re.IGNORECASE)
_PARAGRAPH = re.compile(r"<p\b[^>]*>(.*?)</p>", re.IGNORECASE | re.DOTALL)
_ARTICLE_WORDS = 80
_DECLARED = re.compile(r"\s*<\?xml[^>]*\?>")
_PARTS = "|".join(
    f".//{tag}[not(ancestor::nav or ancestor::footer or ancestor::form or ancestor::noscript)]" for tag in ("p", "h2", "h3", "li")
)
_ENDED = re.compile(r"[.!?…”’\"')]\s*$")


def page_facts(page: str) -> dict[str, str | None]:
    """Return the article in a web page as ``text``, and what the page states: ``title date author source`` (its address) and others.

    ``doubt`` says what makes it doubtful that the text is the article and all of it, where something does. A page without an article
    has no ``text``, and ``doubt`` says what it holds.
    """
    facts = _extracted(page)
    title, body = facts.get("title"), _in_lines((facts["text"] or "").strip(), page)
    if title and (body == title or body.startswith(f"{title}\n")):
        body = body[len(title) :]
    text, offered = without_asides(body)
    if _is_consent(text):
        return {
            **facts,
            "text": None,
            "doubt": "it asks for consent to cookies and holds no article; save the page once more after giving it.",
        }
    if not text:
        doubt = "it holds no article, but only a message, an offer or links; save the page as a browser shows it." if body.strip() else None
        return {**facts, "text": None, "doubt": doubt}
    return {**facts, "text": text, "doubt": next(_doubts(page, offered=offered), None)}


def parse_page(page: str) -> Any:
    """Return the tree of a page, an element of lxml; raises ValueError for one that has no tree."""
    import lxml.etree  # start-up cost
    import lxml.html

    try:
        return lxml.html.document_fromstring(_DECLARED.sub("", page, count=1) or "<html></html>")
    except lxml.etree.LxmlError as error:
        raise ValueError(str(error)) from error


def _extracted(page: str) -> dict[str, str | None]:
    import trafilatura  # start-up cost

    stated = {"extensive_search": False, "original_date": True}  # a date in the page's marks, not one that stands in the text
    found = trafilatura.extract(
        page, output_format="json", with_metadata=True, include_comments=False, date_extraction_params=stated, prune_xpath=_AROUND
    )
    if found is None:
        return {"text": trafilatura.html2txt(page)}
    return {name: str(value) if value else None for name, value in json.loads(found).items()}


def _in_lines(text: str, page: str) -> str:
    """Return a text that was taken from ``page`` as one line with the paragraphs, headings and items of lists on lines of their own."""
    if not text or "\n" in text or page.lower().count("<p") < 2:
        return text
    tree = parse_page(page)
    whole = next((found[0] for found in map(tree.xpath, ("//article", "//main", "//body")) if found), tree)
    parts = [part for part in whole.xpath(_PARTS) if part.tag != "li" or not part.xpath(".//p")]
    lines = [("- " if part.tag == "li" else "") + " ".join(part.text_content().split()) for part in parts]
    lines = [line for line in lines if line.strip("- ")]
    return "\n".join(lines) if lines and all(line.removeprefix("- ") in text for line in lines) else text


def without_asides(text: str) -> tuple[str, bool]:
    r"""Return the lines of ``text`` that are the article's, and whether the page offers a subscription among the others.

    >>> without_asides("De brug is dicht.\nLees ook: Brug gaat open\nWord abonnee voor 2 euro.")
    ('De brug is dicht.', True)
    """
    kept: list[str] = []
    offered = linked = False
    for line in text.split("\n"):
        plain = line.strip(" -•>").strip()
        if linked and plain and (line.startswith("- ") or not _ENDED.search(plain)) and len(plain) <= _LONGEST:
            linked = line.startswith("- ")  # a link below "Lees ook", or the first of a list of them
            continue
        linked = False
        if len(plain) > _LONGEST:
            kept.append(line)
        elif _OFFER.fullmatch(plain):
            offered = True
        elif _LINK.fullmatch(plain):
            linked = plain.count(" ") < _HEADING_WORDS and ":" not in plain.rstrip(" :")
        elif not _LETTER.fullmatch(plain) and not _MESSAGE.fullmatch(plain):
            kept.append(line)
    return "\n".join(kept).strip(), offered


def _is_consent(text: str) -> bool:
    asks = _CONSENT.search(text) and _ASKING.search(text) and text.lower().count("cookie") >= _COOKIES
    return bool(asks) and len(text.split()) < _CONSENT_WORDS


def _doubts(page: str, *, offered: bool) -> Iterator[str]:
    """Yield what makes it doubtful that a page's text is one article and all of it."""
    parts = _ARTICLE.split(page)[1:]
    whole = [
        part for part in parts if _HEADING.search(part) and sum(len(found.split()) for found in _PARAGRAPH.findall(part)) >= _ARTICLE_WORDS
    ]
    if len(whole) > 1:
        yield f"the page holds {len(whole)} articles with headings of their own; save each on a page of its own."
    if offered or _NOT_FREE.search(page):
        yield "the page offers a subscription; the text may be but the beginning of the article."
