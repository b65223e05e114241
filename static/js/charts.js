/* Charts: <div data-chart="ID"> next to a block of JSON with that id (template tag chart). ECharts draws SVG;
   every hue has its own pattern, so the series survive grey printing. The figures stay in the table beside it. */
(function () {
  "use strict";

  var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  var drawn = [];

  function ink(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function pixels() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  }

  function patterns(ground) {
    var none = { symbol: "none" };
    var diagonal = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 3], rotation: -Math.PI / 4, color: ground };
    var dots = { symbol: "circle", dashArrayX: [[5, 5], [0, 5, 5, 0]], dashArrayY: [5, 0], symbolSize: 0.6, color: ground };
    var cross = { symbol: "rect", dashArrayX: [4, 3], dashArrayY: [4, 3], color: ground };
    var level = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 3], color: ground };
    var upright = { symbol: "rect", dashArrayX: [3, 3], dashArrayY: [1, 0], color: ground };
    return [none, diagonal, dots, cross, level, upright];
  }

  function grouped(value) {
    if (value === null || value === undefined) {
      return "";
    }
    var parts = String(Math.abs(value)).split(".");
    parts[0] = parts[0].replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    return (value < 0 ? "−" : "") + parts.join(".");
  }

  function dashed(series, values, colour, ground) {
    /* the part after "forecast_from" is a guess: dashed, with hollow points */
    var start = series.forecast_from;
    var known = values.map(function (value, index) {
      return index < start ? value : null;
    });
    var guess = values.map(function (value, index) {
      return index >= start - 1 ? value : null;
    });
    return [
      { data: known, lineStyle: { color: colour, width: 2.5 } },
      { data: guess, lineStyle: { color: colour, width: 2.5, type: [6, 4] }, itemStyle: { color: ground, borderColor: colour, borderWidth: 2 } }
    ];
  }

  function option(data) {
    var rem = pixels();
    var note = Math.round(rem * 0.875);
    var hues = ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6"].map(ink);
    var ground = ink("--sheet");
    var marks = patterns(ground);
    var sideways = data.kind === "bar" || data.kind === "pyramid";
    var text = { color: ink("--ink-2"), fontSize: note, fontFamily: ink("--font-body") };
    var names = {
      type: "category",
      data: data.labels,
      inverse: sideways,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: ink("--c-axis") } },
      axisLabel: text
    };
    var widest = data.series.reduce(function (most, one) {
      return Math.max.apply(null, [most].concat(one.values));
    }, 0);
    var values = {
      type: "value",
      min: data.kind === "pyramid" ? -widest * 1.5 : data.from || 0,
      max: data.kind === "pyramid" ? widest * 1.5 : undefined,
      show: data.kind !== "pyramid",
      splitLine: { lineStyle: { color: ink("--c-grid") } },
      axisLabel: Object.assign({}, text, {
        formatter: function (value) {
          return grouped(Math.abs(value));
        }
      })
    };
    var series = [];
    data.series.forEach(function (one, index) {
      var left = data.kind === "pyramid" && index === 0;
      var figures = left
        ? one.values.map(function (value) {
            return value === null ? null : -value;
          })
        : one.values;
      var base = {
        name: one.name,
        animation: !still,
        label: Object.assign({}, text, {
          show: data.kind !== "stack",
          position: left ? "left" : sideways ? "right" : "top",
          formatter: function (point) {
            return grouped(Math.abs(point.value));
          }
        })
      };
      if (data.kind === "line") {
        var parts = one.forecast_from
          ? dashed(one, figures, hues[index], ground)
          : [{ data: figures, lineStyle: { color: hues[index], width: 2.5 } }];
        parts.forEach(function (part) {
          series.push(
            Object.assign({}, base, { type: "line", symbol: "circle", showAllSymbol: true, symbolSize: 8, itemStyle: { color: hues[index] } }, part)
          );
        });
        return;
      }
      series.push(
        Object.assign({}, base, {
          type: "bar",
          data: figures,
          stack: data.kind === "bar" || data.kind === "column" ? undefined : "all",
          barMaxWidth: rem * 1.75,
          itemStyle: { color: hues[index], borderColor: hues[index], borderWidth: 1, decal: marks[index] }
        })
      );
    });
    if (data.target !== undefined && data.target !== null && series.length) {
      series[0].markLine = {
        silent: true,
        symbol: "none",
        lineStyle: { color: ink("--c-target"), width: 2, type: "solid" },
        label: Object.assign({}, text, { position: sideways ? "start" : "end", formatter: "目标 " + grouped(data.target) }),
        data: [sideways ? { xAxis: data.target } : { yAxis: data.target }]
      };
    }
    return {
      animation: !still,
      color: hues,
      textStyle: { fontFamily: ink("--font-body") },
      aria: { enabled: false },
      grid: { left: 8, right: rem * 3.5, top: data.series.length > 1 ? rem * 2.5 : rem * 1.5, bottom: 8, containLabel: true },
      legend: {
        show: data.series.length > 1,
        top: 0,
        left: 0,
        icon: "rect",
        textStyle: text,
        itemWidth: rem * 1.2,
        itemHeight: rem * 0.8
      },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        valueFormatter: function (value) {
          return grouped(Math.abs(value)) + (data.unit || "");
        }
      },
      xAxis: sideways ? values : names,
      yAxis: sideways ? names : values,
      series: series
    };
  }

  function draw(place) {
    var source = document.getElementById(place.dataset.chart);
    if (!source || !window.echarts || place.dataset.drawn) {
      return;
    }
    place.dataset.drawn = "1";
    var data = JSON.parse(source.textContent);
    var chart = window.echarts.init(place, null, { renderer: "svg" });
    chart.setOption(option(data));
    drawn.push({ chart: chart, data: data });
  }

  function scan(root) {
    root.querySelectorAll("[data-chart]").forEach(draw);
  }

  function repaint() {
    drawn.forEach(function (one) {
      one.chart.resize();
      one.chart.setOption(option(one.data), true);
    });
  }

  window.addEventListener("resize", function () {
    drawn.forEach(function (one) {
      one.chart.resize();
    });
  });
  document.addEventListener("songhe:appearance", repaint);
  document.addEventListener("htmx:afterSwap", function (event) {
    scan(event.target);
  });
  scan(document);
})();
