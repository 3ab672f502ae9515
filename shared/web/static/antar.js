// What makes the pages quicker to work with; all of them work without it.
"use strict";

// A form is sent once: a second press while the first is under way does nothing. Held back for this page alone, so
// that it may be sent again after the way back.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (event.defaultPrevented || form.method !== "post") return;
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
// The way back to what a form was answered with asks whether to send it again. Data-back="/address": this page is such an
// answer, and the way back to it leads to that address; data-after="/address": so does the one to the page of this form,
// once it was sent.
const answer = document.querySelector("[data-back]");
if (answer) history.replaceState(null, "", answer.dataset.back);
addEventListener("submit", (event) => {
  const { after } = event.target.dataset;
  const own = !event.submitter?.hasAttribute("formaction");
  if (after && own && !event.defaultPrevented) history.replaceState(null, "", after);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});

// A scanner ends with Enter: in a field or form with data-scan it goes on to the next field, and only a button sends.
addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || field.tagName !== "INPUT" || !field.closest("[data-scan]")) return;
  if (["checkbox", "radio", "submit"].includes(field.type)) return;
  event.preventDefault();
  const all = [...field.form.elements].filter((e) => e.matches("input:not([type=hidden]), select, textarea, button") && !e.disabled);
  all[all.indexOf(field) + 1]?.focus();
});

// F2, F4 …: the keys that buttons name in data-key.
addEventListener("keydown", (event) => {
  const button = /^F\d+$/.test(event.key) && document.querySelector(`button[data-key="${event.key}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

// A section with data-refresh="/address" is fetched anew every 15 s while the page is seen, nobody has paused it and
// nobody is inside it. Sections on the fetched page are matched by id.
for (const section of document.querySelectorAll("[data-refresh][id]")) {
  const pause = document.createElement("button");
  const { pause: pauseWord, go: goWord } = section.dataset;
  let paused = false;
  pause.type = "button";
  pause.className = "link";
  pause.textContent = pauseWord;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? goWord : pauseWord;
  });
  section.before(pause);
  setInterval(async () => {
    if (paused || document.hidden || section.contains(document.activeElement)) return;
    try {
      const answer = await fetch(section.dataset.refresh || location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(section.id);
      if (fresh && !section.contains(document.activeElement)) section.replaceChildren(...fresh.childNodes);
    } catch {
      // No line just now: what is shown stays, with its time on it.
    }
  }, 15000);
}

// On a phone the menu is wider than the screen: where one is comes into view.
document.querySelector("nav.area [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
