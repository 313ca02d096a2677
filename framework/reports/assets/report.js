"use strict";
// Draws the charts and makes the tables sortable. Every figure it shows also stands in the page as text.
(function () {
  const root = document.documentElement;
  const run = JSON.parse(document.getElementById("run").textContent);
  const color = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const series = (index) => color("--c" + (index % 8));

  const clock = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: run.tz, hourCycle: "h23", ...options });
  const seconds = clock({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const minutes = clock({ hour: "2-digit", minute: "2-digit" });
  const days = clock({ day: "2-digit", month: "short" });
  const whole = clock({ day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const at = (format, s) => format.format(new Date(s * 1000));

  const number = (value, digits) =>
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  // Decimals that tell the steps of an axis apart: 2 for 0.25, 0 for 500.
  function digitsOf(step) {
    for (let digits = 0; digits < 8; digits++) {
      const scaled = step * 10 ** digits;
      if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * Math.max(1, scaled)) return digits;
    }
    return 8;
  }

  function axisX() {
    return {
      stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line") },
      space: 80,
      values: (_, splits, __, ___, step) =>
        splits.map((s) => at(step >= 86400 ? days : step >= 60 ? minutes : seconds, s)),
    };
  }

  function axisY() {
    return {
      stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line") },
      size: (_, values) => (values ? 16 + 7.3 * Math.max(...values.map((v) => v.length)) : 50),
      values: (_, splits, __, ___, step) => splits.map((v) => number(v, digitsOf(step))),
    };
  }

  // A range with air around it; a flat line gets a little room of its own.
  function aired(low, high) {
    if (low === null || high === null || !isFinite(low) || !isFinite(high)) return [0, 1];
    const air = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.001 || 1;
    return [low - air, high + air];
  }

  function options(element, height, lines, extra) {
    const digits = lines.digits;
    return {
      width: Math.max(200, element.clientWidth), height,
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), run.tz),
      cursor: { sync: { key: "run", setSeries: false }, y: false },
      scales: { x: { time: true }, y: { range: (_, low, high) => aired(low, high) } },
      axes: [axisX(), axisY()],
      series: [
        { label: "time", value: (_, s) => (s === null ? "--" : at(whole, s)) },
        ...lines.map((line) => ({
          label: line.name, stroke: line.stroke, width: line.width || 1.6, fill: line.fill, spanGaps: true,
          points: { show: false }, value: (_, v) => (v === null ? "--" : number(v, digits)),
        })),
      ],
      ...extra,
    };
  }

  // Fills as triangles: buys point up from below the price, sells point down from above it.
  function markers(chart) {
    const marks = [
      ...chart.buys.map(([time, price, text]) => ({ time, price, text, isBuy: true })),
      ...chart.sells.map(([time, price, text]) => ({ time, price, text, isBuy: false })),
    ];
    const tip = document.createElement("div");
    tip.className = "tip";
    function draw(u) {
      const unit = devicePixelRatio, context = u.ctx, box = u.bbox;
      context.save();
      context.beginPath();
      context.rect(box.left, box.top, box.width, box.height);
      context.clip();
      context.lineWidth = unit;
      context.strokeStyle = color("--card");
      for (const mark of marks) {
        const x = u.valToPos(mark.time, "x", true), y = u.valToPos(mark.price, "y", true);
        const up = mark.isBuy ? 1 : -1, tall = 9 * unit, half = 5 * unit;
        context.fillStyle = color(mark.isBuy ? "--buy" : "--sell");
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(x - half, y + up * tall);
        context.lineTo(x + half, y + up * tall);
        context.closePath();
        context.fill();
        context.stroke();
      }
      context.restore();
    }
    function point(u) {
      const { left, top } = u.cursor;
      let near = null, best = 14;
      for (const mark of left >= 0 && top >= 0 ? marks : []) {
        const x = u.valToPos(mark.time, "x") - left;
        const y = u.valToPos(mark.price, "y") + (mark.isBuy ? 5 : -5) - top;
        const far = Math.hypot(x, y);
        if (far < best) { best = far; near = mark; }
      }
      tip.style.display = near ? "block" : "none";
      if (!near) return;
      tip.textContent = at(seconds, near.time) + "  " + near.text;
      tip.style.left = Math.min(left + 12, Math.max(0, u.over.clientWidth - 272)) + "px";
      tip.style.top = Math.max(0, top - 44) + "px";
    }
    function range(u, low, high) {
      const { min, max } = u.scales.x;
      for (const mark of marks) {
        if (mark.time < min || mark.time > max) continue;
        low = low === null ? mark.price : Math.min(low, mark.price);
        high = high === null ? mark.price : Math.max(high, mark.price);
      }
      return aired(low, high);
    }
    return { plugin: { hooks: { init: (u) => u.over.appendChild(tip), draw, setCursor: point } }, range };
  }

  const drawers = {
    price(element, index) {
      const chart = run.prices[index];
      const { plugin, range } = markers(chart);
      const lines = [{ name: "mid price", stroke: color("--mid"), width: 1.4 }];
      lines.digits = chart.digits;
      const scales = { x: { time: true }, y: { range } };
      return new uPlot(options(element, 320, lines, { scales, plugins: [plugin] }), [run.times, chart.values], element);
    },
    equity(element) {
      const lines = [{ name: "equity", stroke: series(0), width: 1.8 }];
      lines.digits = run.digits;
      return new uPlot(options(element, 260, lines), [run.times, run.equity], element);
    },
    drawdown(element) {
      const lines = [{ name: "drawdown", stroke: color("--loss"), fill: color("--loss") + "33" }];
      lines.digits = run.digits;
      const scales = { x: { time: true }, y: { range: (_, low) => [Math.min(low || 0, 0) * 1.06 || -1, 0] } };
      return new uPlot(options(element, 170, lines, { scales }), [run.times, run.drawdown], element);
    },
    nets(element) {
      const lines = run.nets.map((net, index) => ({ name: net.name, stroke: series(index) }));
      lines.digits = run.digits;
      return new uPlot(options(element, 260, lines), [run.times, ...run.nets.map((net) => net.values)], element);
    },
    plot(element, index) {
      const panel = run.plots[index];
      const lines = panel.map((line, place) => ({ name: line.name, stroke: series(place) }));
      lines.digits = panel[0].digits;
      // A series of nothings from the start to the end of the run, so that all charts have the same width of time.
      const whole = [run.times.filter((_, i) => i === 0 || i === run.times.length - 1), [null, null].slice(0, run.times.length)];
      const joined = uPlot.join([whole, ...panel.map((line) => [line.times, line.values])]);
      joined.splice(1, 1);
      return new uPlot(options(element, 200, lines), joined, element);
    },
  };

  // The arrow keys move the cursor along a chart that has the focus; with shift by ten points.
  function walk(u, event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const last = u.data[0].length - 1, from = u.cursor.idx ?? (step > 0 ? -1 : last + 1);
    const index = Math.min(last, Math.max(0, from + step * (event.shiftKey ? 10 : 1)));
    u.setCursor({ left: u.valToPos(u.data[0][index], "x"), top: u.over.clientHeight / 2 });
  }

  const elements = [...document.querySelectorAll(".chart")];
  let charts = [];
  function drawAll() {
    charts.forEach((chart) => chart.destroy());
    charts = elements.map((element) => {
      const [kind, index] = element.dataset.chart.split(":");
      return drawers[kind](element, Number(index || 0));
    });
  }
  drawAll();
  elements.forEach((element, index) => element.addEventListener("keydown", (event) => walk(charts[index], event)));
  new ResizeObserver(() => {
    charts.forEach((chart, index) => {
      const width = Math.max(200, elements[index].clientWidth);
      if (Math.abs(width - chart.width) > 1) chart.setSize({ width, height: chart.height });
    });
  }).observe(document.querySelector("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    table.querySelectorAll("thead th").forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const falls = head.getAttribute("aria-sort") === "ascending";
        table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", falls ? "descending" : "ascending");
        const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
        const isNumber = [...body.rows].every((row) => key(row) !== "" && !isNaN(key(row)));
        const order = (a, b) => (isNumber ? key(a) - key(b) : key(a).localeCompare(key(b)));
        body.replaceChildren(...[...body.rows].sort((a, b) => (falls ? -1 : 1) * order(a, b)));
      });
    });
  }
  for (const box of document.querySelectorAll("input[data-filters]")) {
    const body = document.getElementById(box.dataset.filters).tBodies[0];
    const told = document.getElementById(box.dataset.filters + "-count");
    box.addEventListener("input", () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of body.rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      told.textContent = shown.toLocaleString("en-US") + " shown";
    });
  }
  root.dataset.ready = "yes";
})();
