"use strict";
// Filter and sort of the overview, folding, print. The page says everything without it.
(function () {
  const byId = (id) => document.getElementById(id);
  const table = byId("overview");
  const databases = Array.from(document.querySelectorAll("details.database"));

  function fill(database) {
    // What is closed came as plain text, already escaped where it was written.
    const kept = database.querySelector(":scope > noscript");
    if (kept) kept.outerHTML = kept.textContent;
  }

  for (const one of databases) one.addEventListener("toggle", () => one.open && fill(one));

  function open(target) {
    if (target && target.matches("details.database")) {
      fill(target);
      target.hidden = false;
      target.open = true;
    }
  }

  function follow() {
    open(document.getElementById(decodeURIComponent(location.hash.slice(1))));
  }

  addEventListener("hashchange", follow);
  follow();

  const all = byId("fold-tools");
  if (all) {
    all.hidden = false;
    const fold = (is_open) => () => {
      for (const one of databases) one.open = is_open;
    };
    byId("open-all").addEventListener("click", fold(true));
    byId("close-all").addEventListener("click", fold(false));
  }

  const folds = Array.from(document.querySelectorAll("details"));
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = folds.filter((one) => !one.open);
    for (const one of folded) {
      fill(one);
      one.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });

  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows).map((row) => ({ row }));
  const filter = byId("filter");
  const kind = byId("kind");
  const method = byId("method");

  function read(one) {
    // Only once somebody filters: of thousands of rows it takes a while.
    if (one.text === undefined) {
      one.text = one.row.textContent.toLowerCase();
      one.article = document.getElementById(one.row.cells[0].querySelector("a").hash.slice(1));
    }
    return one;
  }

  function show() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of rows) {
      const { row, article } = read(one);
      const fits =
        words.every((word) => one.text.includes(word)) &&
        (!kind.value || row.dataset.kind === kind.value) &&
        (!method.value || row.dataset.method === method.value);
      row.hidden = !fits;
      if (article) article.hidden = !fits;
      count += fits;
    }
    byId("shown").textContent = `${count} of ${rows.length}`;
    byId("none-fits").hidden = count > 0;
  }

  byId("tools").hidden = false;
  for (const one of [filter, kind, method]) one.addEventListener("input", show);
  if (filter.value || kind.value || method.value) show(); // what the browser has kept over a reload

  function value(row, column) {
    const cell = row.cells[column];
    if (!cell) return "";
    return cell.dataset.sort === undefined ? cell.textContent : cell.dataset.sort;
  }

  function sort(heading, column) {
    const isNumber = heading.classList.contains("number");
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1;
    const keyed = rows.map((one) => ({ one, key: value(one.row, column) }));
    keyed.sort((a, b) => {
      if (a.key === "" || b.key === "") return (a.key === "") - (b.key === "");
      const order = isNumber ? a.key - b.key : a.key.localeCompare(b.key, "en", { numeric: true });
      return sign * order;
    });
    body.append(...keyed.map(({ one }) => one.row));
  }

  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => sort(heading, column));
  });
})();
