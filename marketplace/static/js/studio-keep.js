// What is typed into the listing editor is kept on the server (#autosave, by htmx) and, until it has arrived there,
// in this browser: in localStorage, under the person's and the listing's number. Signing out empties that.
const form = document.querySelector("form.listing-form");
const autosave = document.getElementById("autosave");
const notice = document.getElementById("kept-here");
const PREFIX = "studio:";
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "base", "tab", "person", "key"]);
const KEPT_FOR = 30 * 24 * 3600 * 1000;
const TRY_AGAIN_AFTER = 5000;
let typedCount = 0;
let sentCount = 0;
let writing = 0;
let tryingAgain = 0;
let isBeingSaved = false;

const place = () => PREFIX + form.dataset.keep;
const older = () => place() + ":older";

function isKept(field) {
  return field.name && !NOT_KEPT.has(field.name) && !["submit", "button", "file"].includes(field.type);
}

function typed() {
  const fields = {};
  for (const field of form.elements) {
    if (isKept(field) && (field.type !== "checkbox" || field.checked)) fields[field.name] = field.value;
  }
  return fields;
}

function read(name) {
  try {
    const record = JSON.parse(localStorage.getItem(name));
    if (record && Date.now() - record.at < KEPT_FOR) return record;
  } catch {
    // A closed or damaged store holds nothing of use.
  }
  forget(name);
  return null;
}

function write(name, record) {
  try {
    localStorage.setItem(name, JSON.stringify(record));
  } catch {
    // Without a store there is still the server.
  }
}

function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // Likewise.
  }
}

function keepHere() {
  clearTimeout(writing);
  writing = 0;
  write(place(), { at: Date.now(), tab: form.elements.tab.value, fields: typed() });
}

form.addEventListener("input", () => {
  typedCount += 1;
  if (!writing) writing = setTimeout(keepHere, 250);
});
addEventListener("pageshow", () => {
  isBeingSaved = false;
});
addEventListener("pagehide", () => {
  if (writing) keepHere();
});

// --- What the server says ---------------------------------------------------------------------------------

function say(word) {
  for (const element of autosave.querySelectorAll("[data-autosave-word]")) {
    element.hidden = element.dataset.autosaveWord !== word;
  }
}

function tryAgainSoon() {
  clearTimeout(tryingAgain);
  tryingAgain = setTimeout(() => autosave.dispatchEvent(new Event("keep")), TRY_AGAIN_AFTER);
}

const isAutosave = (event) => event.detail.requestConfig?.parameters.autosave !== undefined;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isAutosave(event)) return;
  if (isBeingSaved) event.preventDefault();
  sentCount = typedCount;
});
document.addEventListener("htmx:sendError", (event) => {
  if (!isAutosave(event)) return;
  say("lost");
  tryAgainSoon();
});
document.addEventListener("htmx:responseError", (event) => {
  if (!isAutosave(event)) return;
  say(event.detail.xhr.status === 401 ? "signedout" : "lost");
  tryAgainSoon();
});
document.addEventListener("kept", (event) => {
  const before = place();
  form.dataset.keep = event.detail.keep;
  say("");
  if (sentCount !== typedCount) return;
  clearTimeout(writing);
  writing = 0;
  forget(before);
  forget(place());
  form.dispatchEvent(new Event("kept-all"));
});
document.addEventListener("keptnot", () => say(""));
addEventListener("online", () => autosave.dispatchEvent(new Event("keep")));

// A new log-in, in another tab say, brings a new token; the form's own would be refused.
function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
}

document.addEventListener("htmx:configRequest", (event) => {
  if (!token()) return;
  delete event.detail.parameters.csrfmiddlewaretoken;
  event.detail.headers["X-CSRFToken"] = token();
});
form.addEventListener("submit", (event) => {
  keepHere();
  isBeingSaved = event.submitter?.formTarget !== "_blank";
  if (token()) form.elements.csrfmiddlewaretoken.value = token();
});

// --- What an earlier visit left here ----------------------------------------------------------------------

const plain = (text) => (text ?? "").replace(/\r\n?/g, "\n");

function differs(fields) {
  const now = typed();
  const names = new Set([...Object.keys(fields), ...Object.keys(now)]);
  return [...names].some((name) => plain(fields[name]) !== plain(now[name]));
}

function offered() {
  for (const name of [place(), older()]) {
    const record = read(name);
    if (!record) continue;
    if (record.tab !== form.dataset.savedTab && differs(record.fields)) return record;
    forget(name);
  }
  return null;
}

async function restore(record) {
  const body = new URLSearchParams(record.fields);
  for (const name of ["base", "tab", "person", "key"]) {
    if (form.elements[name]) body.set(name, form.elements[name].value);
  }
  body.set("autosave", "1");
  const headers = { "HX-Request": "true", "X-CSRFToken": token() ?? "" };
  try {
    const response = await fetch(location.pathname, { method: "POST", body, headers });
    const address = response.headers.get("HX-Replace-Url");
    if (!response.ok || !address) throw new Error("not kept");
    forget(older());
    location.replace(address);
  } catch {
    notice.querySelector("[data-kept-failed]").hidden = false;
  }
}

function offer(record) {
  write(older(), record);
  forget(place());
  notice.querySelector("[data-kept-at]").textContent = new Date(record.at).toLocaleString(document.documentElement.lang);
  notice.querySelector("[data-kept-restore]").addEventListener("click", () => restore(record));
  notice.querySelector("[data-kept-discard]").addEventListener("click", () => {
    forget(older());
    notice.hidden = true;
  });
  notice.hidden = false;
}

const left = offered();
if (left) offer(left);
