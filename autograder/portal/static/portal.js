"use strict";
// Everything works without this: it saves reloading, and shows times in the reader's own zone.
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) {
    time.title = time.textContent;
    time.textContent = at.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  }
}
const waiting = document.querySelector("[data-events]");
if (waiting) {
  const source = new EventSource(waiting.dataset.events);
  source.onmessage = (event) => {
    const now = JSON.parse(event.data);
    waiting.textContent = now.said;
    if (now.ended) {
      source.close();
      location.reload();
    }
  };
}
const drop = document.querySelector("form.drop");
if (drop) {
  const file = drop.querySelector("input[type=file]");
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragenter" || name === "dragover");
    });
  }
  drop.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length === 1) {
      file.files = event.dataTransfer.files;
      drop.requestSubmit();
    }
  });
}
const send = document.querySelector("form[data-send]");
if (send) send.submit();
