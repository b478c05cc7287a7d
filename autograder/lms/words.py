"""What systems call a column, in the languages that they speak.

Source for Moodle: its language packs (``mod/assign/lang``, ``lang/*/moodle.php``), as published;
for the others the exports that CONTRIBUTING's recipe asks for. A language that is not here is read
by position and by the shape of the values, or named with ``--column``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

FIELDS: Mapping[str, str] = {
    "id": "id | student id (course)",
    "user": "lms_user_id | lms user id",
    "login": "username | user name | login | login id | sis login id | anmeldename | benutzername"
    " | benutzerkennung | nombre de usuario | usuario | nom d'utilisateur | nome utente"
    " | nome de usuário | nome de utilizador | identificação de usuário | gebruikersnaam"
    " | användarnamn | brugernavn | brukernavn | nazwa użytkownika | uživatelské jméno"
    " | kullanıcı adı | felhasználónév | nom d'usuari | логин | 用户名 | ユーザ名 | ユーザー名",
    "email": "email | e-mail | email address | e-mail address | mail | e-mail-adresse"
    " | email-adresse | dirección de correo | dirección de correo electrónico"
    " | correo electrónico | correo | email institucional | adresse de courriel | courriel"
    " | adresse e-mail | adresse électronique | indirizzo email | endereço de email"
    " | endereço de e-mail | correio electrónico | e-mailadres | e-postadress | e-postadresse"
    " | adres e-mail | adres email | e-mailová adresa | e-posta adresi | e-mail cím"
    " | adreça electrònica | адрес электронной почты | 电子邮件地址 | メールアドレス",
    "number": "id number | sis user id | student id | student number | orgdefinedid"
    " | org defined id | sid | id-nummer | matrikelnummer | matrikel-nr. | número de id"
    " | número de identificación | número de matrícula | numéro d'identification"
    " | numéro d'étudiant | matricola | numero id | codice identificativo"
    " | número de identificação | idnummer | studentnummer | numer id | numer albumu"
    " | identifikační číslo | kimlik numarası | azonosítószám | 学号 | idナンバー",
    "first": "first name | firstname | first_name | given name | forename | vorname | nombre"
    " | nombre(s) | prénom | nome | primeiro nome | voornaam | förnamn | fornavn | imię | jméno"
    " | adı | keresztnév | nom de pila | имя | 名",
    "last": "last name | lastname | last_name | surname | family name | nachname | familienname"
    " | apellido | apellidos | apellido(s) | nom | nom de famille | cognome | sobrenome | apelido"
    " | achternaam | efternamn | efternavn | etternavn | nazwisko | příjmení | soyadı"
    " | vezetéknév | cognoms | фамилия | 姓",
    "name": "full name | fullname | name | student | student name | first name / last name"
    " | first name / surname | first name last name | vollständiger name | vorname / nachname"
    " | nombre completo | nombre / apellido(s) | nombre/apellido(s) | nom complet"
    " | prénom / nom | nome completo | nome / sobrenome | volledige naam | fullständigt namn"
    " | fulde navn | fullt navn | imię i nazwisko | celé jméno | ad soyad | teljes név"
    " | полное имя | 全名 | フルネーム",
    "role": "role | roles | rolle | rollen | rol | rôle | rôles | ruolo | ruoli | papel | papéis"
    " | função | rola | роль | 角色 | ロール",
    "github": "github | github username | github login | github_username",
    "participant": "identifier | identificador | identifiant | identificativo | identificatie"
    " | identyfikator | identifikátor | идентификатор | 标识符 | 識別子",
    "score": "grade | bewertung | calificación | note | valutazione | nota | beoordeling | cijfer"
    " | betyg | karakter | ocena | známka | not | értékelés | qualificació | cualificación"
    " | оценка | 成绩 | 評点",
    "max": "maximum grade | bestwertung | calificación máxima | note maximale"
    " | valutazione massima | punteggio massimo | nota máxima | maximale beoordeling"
    " | maximumcijfer | maxbetyg | maksymalna ocena | qualificació màxima | cualificación máxima"
    " | максимальная оценка | 最高分 | 最大評点",
    "scale": "scale | skala | escala | barème | scala | schaal | ölçek",
    "locked": "grade can be changed | bewertung kann geändert werden"
    " | la calificación puede ser cambiada | la note peut être modifiée"
    " | la valutazione può essere modificata | a nota pode ser alterada"
    " | a nota pode ser modificada | beoordeling kan gewijzigd worden"
    " | beoordeling kan worden gewijzigd | not değiştirilebilir | 允许更改成绩",
    "modified": "last modified (grade) | zuletzt geändert (bewertung)"
    " | última modificación (calificación) | dernière modification (note)"
    " | ultima modifica (valutazione) | última modificação (nota)"
    " | última atualização (avaliação) | laatst gewijzigd (beoordeling)"
    " | darrera modificació (qualificació) | última modificación (cualificación)"
    " | последнее изменение (оценка) | son düzenleme (not)",
    "comment": "feedback comments | feedback als kommentar | comentarios de retroalimentación"
    " | feedback par commentaires | commentaires de feedback | feedback by comments"
    " | commenti come feedback | comentários de feedback | feedbackopmerkingen",
}
"""Each field of a person or a grade, and the titles that it goes by."""

YES = frozenset(
    {"yes", "ja", "sí", "si", "oui", "sì", "sim", "tak", "ano", "áno", "da", "да", "是", "はい"}
    | {"evet", "igen", "kyllä", "ναι", "bai"}
)
NO = frozenset(
    {"no", "nein", "nee", "non", "não", "nie", "ne", "нет", "否", "いいえ", "hayır", "nem", "ei"}
    | {"nej", "nei", "όχι", "ez"}
)

STAFF = frozenset(
    {
        "instructor",
        "teacher",
        "ta",
        "teaching assistant",
        "non-editing teacher",
        "manager",
        "reader",
    }
    | {
        "course creator",
        "grader",
        "designer",
        "observer",
        "admin",
        "administrator",
        "course builder",
    }
    | {"trainer/in", "trainer/in ohne bearbeitungsrecht", "lehrer/in", "lehrende", "dozent/in"}
    | {
        "tutor/in",
        "tutor",
        "betreuer/in",
        "kursersteller/in",
        "profesor",
        "profesor sin permiso de edición",
        "gestor",
        "creador de curso",
        "enseignant",
        "enseignant non éditeur",
        "docente",
    }
    | {"docente non editor", "professor", "professor não-editor", "leraar", "gestionnaire"}
)
"""Who is on a list and no student, as systems call them."""

_TITLES = {title.strip(): field for field, titles in FIELDS.items() for title in titles.split("|")}


def folded(text: str) -> str:
    """Return what spellings of one text have in common: case, composition, spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def field_of(title: str) -> str:
    """Return what a column of this title contains, nothing where the title is not known."""
    return _TITLES.get(folded(title).rstrip(" :*"), "")


def is_staff(role: str) -> bool:
    """Return whether a role, or one of several, is that of somebody who teaches."""
    return any(folded(part) in STAFF for part in re.split(r"[,;]", role))


def is_no(text: str) -> bool | None:
    """Return whether an answer is no, None where it is neither yes nor no in a known language."""
    answer = folded(text)
    return True if answer in NO else False if answer in YES else None


def name_key(name: str) -> str:
    """Return what spellings of one person's name have in common: words in any order."""
    return " ".join(sorted(re.findall(r"\w+", folded(name).replace("_", " "))))
