"""What lets a person at a browser correct the answers on a page, and keep them as a table.

Each figure tells by its `data-` attributes what it shows. Nothing leaves the page but by its
button: a table (CSV) with the columns file, cell, answer, confidence and label, which is the
answer or what it was corrected to.
"""

from __future__ import annotations

SCRIPT = """
"use strict";
const figures = [...document.querySelectorAll("figure[data-label]")];
const names = JSON.parse(document.getElementById("names").textContent);
const counts = document.querySelector("#counts tbody");
const button = document.querySelector("#counts button");
const settled = figure => figure.dataset.checked ?? figure.dataset.label;
let unsaved = false;

function option(name) {
  const made = document.createElement("option");
  made.textContent = name;
  return made;
}

for (const figure of figures) {
  const list = document.createElement("select");
  list.title = "What it is";
  list.append(option(figure.dataset.label));
  // The other names when they are wanted: on a page of thousands of cells they are many.
  const fill = () => {
    if (list.length === 1) {
      list.append(...names.filter(name => name !== figure.dataset.label).map(option));
    }
  };
  list.addEventListener("pointerenter", fill);
  list.addEventListener("focus", fill);
  list.addEventListener("change", () => {
    figure.dataset.checked = list.value;
    figure.classList.toggle("corrected", list.value !== figure.dataset.label);
    unsaved = true;
    tell();
  });
  figure.querySelector("figcaption").append(list);
}

function tell() {
  for (const row of counts.rows) {
    const count = figures.filter(figure => settled(figure) === row.dataset.name).length;
    row.hidden = count === 0;
    row.cells[1].textContent = count.toLocaleString("en");
    // As everywhere, nothing short of all is rounded up to it.
    const share = (100 * count / figures.length).toFixed(1);
    const told = share === "100.0" && count < figures.length ? "99.9" : share;
    row.cells[2].textContent = told + " %";
  }
  const corrected = document.querySelectorAll(".corrected").length;
  document.getElementById("corrected").textContent =
    corrected ? corrected + " corrected" : "as the model answered";
}

function table() {
  const quoted = text => /[",\\r\\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  const rows = figures.map(figure => [
    figure.dataset.file, figure.dataset.cell, figure.dataset.label, figure.dataset.confidence,
    settled(figure)]);
  return [["file", "cell", "answer", "confidence", "label"], ...rows]
    .map(row => row.map(quoted).join(",") + "\\r\\n").join("");
}

button.hidden = false;
button.addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([table()], {type: "text/csv"}));
  link.download = "checked.csv";
  link.click();
  unsaved = false;
});
window.addEventListener("beforeunload", event => { if (unsaved) event.preventDefault(); });
tell();
"""
