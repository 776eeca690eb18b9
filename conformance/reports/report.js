"use strict";
// Charts are kept compressed, one block a chapter of a run, and unpacked when a case is opened.
const blocks = new Map();

async function unpack(block) {
  const packed = Uint8Array.from(atob(document.getElementById(block).textContent), (each) => each.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

async function draw(slot) {
  const { block, number } = slot.dataset;
  slot.removeAttribute("data-block");
  try {
    if (!blocks.has(block)) blocks.set(block, unpack(block));
    // Made by the report, where everything that a subject said was escaped; the page's policy runs no script in it.
    slot.innerHTML = (await blocks.get(block))[number];
  } catch (reason) {
    slot.textContent = "This browser cannot unpack the chart: " + reason;
  }
}

document.addEventListener("toggle", (event) => {
  if (!event.target.open) return;
  for (const slot of event.target.querySelectorAll("[data-block]")) {
    if (slot.closest("details") === event.target) draw(slot);
  }
}, true);

const form = document.getElementById("filter");
const clauses = [...document.querySelectorAll(".clause")];
const parts = [...document.querySelectorAll(".part")];

function filter() {
  const chosen = (name) => new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map((each) => each.value));
  const verdicts = chosen("verdict"), profiles = chosen("profile");
  const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const clause of clauses) {
    const { verdict, profile } = clause.dataset;
    const fits = (!verdicts.size || verdicts.has(verdict)) && (!profiles.size || profiles.has(profile));
    const text = words.length ? clause.textContent.toLowerCase() : "";
    clause.hidden = !(fits && words.every((each) => text.includes(each)));
    shown += !clause.hidden;
  }
  for (const part of parts) part.hidden = !part.querySelector(".clause:not([hidden])");
  form.elements.count.value = shown === clauses.length
    ? `all ${shown} clauses` : `${shown} of ${clauses.length} clauses`;
}

let waiting = 0;
form.addEventListener("input", () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(filter); });
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
filter();

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  if (target) target.scrollIntoView();
}
addEventListener("hashchange", openTarget);
openTarget();
