// Keys of the moderators' desk. Every one of them presses a button or follows a link that is on the page.
const form = document.querySelector("[data-review]");

function isTyping(target) {
  return target.matches("textarea, select, input:not([type=checkbox])");
}

function show(element) {
  for (let parent = element.closest("details"); parent; parent = parent.parentElement.closest("details")) {
    parent.open = true;
  }
  element.focus();
  element.scrollIntoView({ block: "center" });
}

function reasonBoxes() {
  return [...document.querySelectorAll("[data-reasons] input")];
}

function publish(button) {
  const seen = form?.querySelector("[name=seen]");
  if (button.name === "decision" && seen && !seen.checked) show(seen);
  else button.click();
}

const actions = {
  r() {
    const [first] = reasonBoxes();
    if (first) show(first);
    else form?.querySelector("textarea")?.focus();
  },
  e() {
    const line = document.querySelector("[data-lines] .is-found input, [data-lines] input");
    if (line) show(line);
  },
  "?"() {
    const keys = document.getElementById("keys");
    if (!keys) return;
    keys.open = !keys.open;
    keys.scrollIntoView({ block: "nearest" });
  },
};

function moveBetweenLines(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.closest?.("[data-lines]")) return false;
  const boxes = [...document.querySelectorAll("[data-lines] input")];
  const next = boxes[boxes.indexOf(event.target) + step];
  if (next) show(next);
  return true;
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    form?.querySelector("[data-return]")?.click();
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (moveBetweenLines(event)) {
    event.preventDefault();
    return;
  }
  const pressed = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const digit = Number.parseInt(event.key, 10);
  if (pressed) publish(pressed);
  else if (digit > 0) reasonBoxes()[digit - 1]?.click();
  else if (actions[event.key]) actions[event.key]();
  else return;
  event.preventDefault();
});
