// A form that costs money is sent once, however often its button is pressed. The server sees to it as well.
const FORMS = "form[data-submit-once]";

document.addEventListener("submit", (event) => {
  const form = event.target.closest(FORMS);
  if (!form) return;
  if ("sent" in form.dataset) event.preventDefault();
  form.dataset.sent = "";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});

// Back from the payment page, the browser may show this page as it was left.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll(FORMS)) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});
