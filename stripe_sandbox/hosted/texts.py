# ruff: noqa: RUF001  (French is written with its own apostrophe)
"""The words of the pages, in English and French."""

from . import onboarding_texts

ENGLISH = {
    "pay_to": "Pay {merchant}",
    "back_to": "Back to {merchant}",
    "test_mode": "Test mode",
    "sandbox_note": "Local sandbox: no real money moves and nothing leaves this machine.",
    "quantity": "Qty {n}",
    "each": "{price} each",
    "subtotal": "Subtotal",
    "total_due": "Total due",
    "contact": "Contact information",
    "email": "Email",
    "method": "Payment method",
    "card": "Card",
    "bank": "US bank account",
    "bank_hint": "Bank debits take up to 4 business days to settle. Your order is delivered once they have.",
    "card_information": "Card information",
    "card_number": "Card number",
    "expiry": "Expiration date",
    "expiry_hint": "MM / YY",
    "cvc": "Security code",
    "cvc_hint": "CVC",
    "name": "Cardholder name",
    "holder": "Account holder name",
    "name_hint": "Full name on card",
    "country": "Country or region",
    "postal": "ZIP or postal code",
    "routing": "Routing number",
    "account": "Account number",
    "pay": "Pay {amount}",
    "place_order": "Complete order",
    "test_cards": "Test cards",
    "test_cards_hint": "Press one to fill the form; any future date and any security code will do.",
    "pays": "Pays",
    "declines": "Is declined",
    "insufficient": "Has insufficient funds",
    "asks_3ds": "Asks for 3-D Secure",
    "disputed": "Pays, then is disputed",
    "fix": "Please correct what is marked below.",
    "missing": "This field is required.",
    "bad_email": "Enter an email address such as jane@example.com.",
    "bad_number": "Your card number is invalid.",
    "bad_expiry": "Enter the expiration date as MM / YY.",
    "past_expiry": "Your card's expiration date is in the past.",
    "bad_cvc": "Your card's security code is incomplete.",
    "bad_routing": "Enter the 9 digits of the routing number, for instance 110000000.",
    "bad_account": "Enter 4 to 17 digits, for instance 000123456789 (settles) or 000111111116 (fails).",
    "secured": "Card details are checked by the sandbox and never stored in full.",
    "complete_title": "You're all done here",
    "complete_text": "This payment has been completed. You can close this page.",
    "processing_text": "Your bank debit is on its way. You can close this page.",
    "expired_title": "This checkout has expired",
    "expired_text": "Nothing was charged. Go back to the shop to start again.",
    "missing_title": "Something went wrong",
    "missing_text": (
        "The page you were looking for could not be found. Please check the link or ask the shop."
    ),
    "to_shop": "Return to {merchant}",
    "verify_title": "Confirm this payment",
    "verify_text": "Your bank asks you to approve {amount} to {merchant} with the card ending in {last4}.",
    "verify_complete": "Complete authentication",
    "verify_fail": "Fail authentication",
    "verify_bank": "3-D Secure 2 test page",
    "verify_hint": "This page stands for your bank's. Choose how the authentication ends.",
    "receipt": "Receipt from {merchant}",
    "paid_on": "Amount paid",
    "reference": "Reference",
    "refunded": "Refunded",
    "card_ending": "Card ending in {last4}",
}

FRENCH = {
    "pay_to": "Payer {merchant}",
    "back_to": "Retour à {merchant}",
    "test_mode": "Mode test",
    "sandbox_note": "Bac à sable local : aucun argent réel ne circule et rien ne quitte cette machine.",
    "quantity": "Qté {n}",
    "each": "{price} l’unité",
    "subtotal": "Sous-total",
    "total_due": "Total à payer",
    "contact": "Coordonnées",
    "email": "E-mail",
    "method": "Moyen de paiement",
    "card": "Carte",
    "bank": "Compte bancaire américain",
    "bank_hint": (
        "Un prélèvement met jusqu’à 4 jours ouvrés. Votre commande est livrée une fois le montant reçu."
    ),
    "card_information": "Informations de la carte",
    "card_number": "Numéro de carte",
    "expiry": "Date d’expiration",
    "expiry_hint": "MM / AA",
    "cvc": "Code de sécurité",
    "cvc_hint": "CVC",
    "name": "Nom du titulaire de la carte",
    "holder": "Nom du titulaire du compte",
    "name_hint": "Nom complet sur la carte",
    "country": "Pays ou région",
    "postal": "Code postal",
    "routing": "Code de routage",
    "account": "Numéro de compte",
    "pay": "Payer {amount}",
    "place_order": "Valider la commande",
    "test_cards": "Cartes de test",
    "test_cards_hint": "Appuyez pour remplir le formulaire ; toute date future et tout code conviennent.",
    "pays": "Paie",
    "declines": "Est refusée",
    "insufficient": "Fonds insuffisants",
    "asks_3ds": "Demande 3-D Secure",
    "disputed": "Paie, puis est contestée",
    "fix": "Corrigez ce qui est signalé ci-dessous.",
    "missing": "Ce champ est obligatoire.",
    "bad_email": "Saisissez une adresse comme jeanne@exemple.fr.",
    "bad_number": "Votre numéro de carte n’est pas valide.",
    "bad_expiry": "Saisissez la date d’expiration sous la forme MM / AA.",
    "past_expiry": "La date d’expiration de votre carte est passée.",
    "bad_cvc": "Le code de sécurité de votre carte est incomplet.",
    "bad_routing": "Saisissez les 9 chiffres du code de routage, par exemple 110000000.",
    "bad_account": "Saisissez 4 à 17 chiffres, par exemple 000123456789 (réussit) ou 000111111116 (échoue).",
    "secured": "Les données de carte sont vérifiées par le bac à sable et jamais conservées en entier.",
    "complete_title": "Tout est réglé",
    "complete_text": "Ce paiement a été effectué. Vous pouvez fermer cette page.",
    "processing_text": "Votre prélèvement est en cours. Vous pouvez fermer cette page.",
    "expired_title": "Cette session de paiement a expiré",
    "expired_text": "Rien n’a été débité. Retournez à la boutique pour recommencer.",
    "missing_title": "Une erreur s’est produite",
    "missing_text": "La page demandée est introuvable. Vérifiez le lien ou demandez à la boutique.",
    "to_shop": "Retourner à {merchant}",
    "verify_title": "Confirmez ce paiement",
    "verify_text": (
        "Votre banque vous demande d’approuver {amount} pour {merchant}, carte se terminant par {last4}."
    ),
    "verify_complete": "Réussir l’authentification",
    "verify_fail": "Échouer l’authentification",
    "verify_bank": "Page de test 3-D Secure 2",
    "verify_hint": (
        "Cette page tient lieu de celle de votre banque. Choisissez l’issue de l’authentification."
    ),
    "receipt": "Reçu de {merchant}",
    "paid_on": "Montant payé",
    "reference": "Référence",
    "refunded": "Remboursé",
    "card_ending": "Carte se terminant par {last4}",
}

FRENCH_DECLINES = {
    "card_declined": "Votre carte a été refusée.",
    "generic_decline": "Votre carte a été refusée.",
    "insufficient_funds": "Les fonds de votre carte sont insuffisants.",
    "lost_card": "Votre carte a été refusée.",
    "expired_card": "Votre carte a expiré.",
    "incorrect_cvc": "Le code de sécurité de votre carte est incorrect.",
    "processing_error": (
        "Une erreur s’est produite lors du traitement de votre carte. Réessayez dans un instant."
    ),
    "test_mode_live_card": "Votre carte a été refusée. Le mode test n’accepte que les cartes de test.",
    "payment_intent_authentication_failure": (
        "Nous n’avons pas pu authentifier votre moyen de paiement. Choisissez-en un autre et réessayez."
    ),
}

COUNTRIES = {
    "US": ("United States", "États-Unis"),
    "AU": ("Australia", "Australie"),
    "BE": ("Belgium", "Belgique"),
    "BR": ("Brazil", "Brésil"),
    "CA": ("Canada", "Canada"),
    "FR": ("France", "France"),
    "DE": ("Germany", "Allemagne"),
    "IN": ("India", "Inde"),
    "IE": ("Ireland", "Irlande"),
    "IT": ("Italy", "Italie"),
    "JP": ("Japan", "Japon"),
    "LU": ("Luxembourg", "Luxembourg"),
    "NL": ("Netherlands", "Pays-Bas"),
    "NZ": ("New Zealand", "Nouvelle-Zélande"),
    "PT": ("Portugal", "Portugal"),
    "SN": ("Senegal", "Sénégal"),
    "SG": ("Singapore", "Singapour"),
    "ES": ("Spain", "Espagne"),
    "CH": ("Switzerland", "Suisse"),
    "GB": ("United Kingdom", "Royaume-Uni"),
}


def texts(language: str) -> dict[str, str]:
    """Return the words for `en` or `fr`."""
    if language == "fr":
        return FRENCH | onboarding_texts.FRENCH
    return ENGLISH | onboarding_texts.ENGLISH


def decline_text(error: dict[str, str], language: str) -> str:
    """Return what a buyer is told about a declined card."""
    if language != "fr":
        return error["message"]
    return FRENCH_DECLINES.get(error.get("decline_code") or error["code"], FRENCH_DECLINES["card_declined"])


def countries(language: str) -> list[tuple[str, str]]:
    """Return codes and names, the United States first, the rest in the language's own order."""
    place = 1 if language == "fr" else 0
    named = [(code, names[place]) for code, names in COUNTRIES.items()]
    return named[:1] + sorted(named[1:], key=lambda item: item[1].replace("É", "E"))
