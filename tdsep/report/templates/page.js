"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Pointing at a part, or at what tells of it, lights all that tells of it.
  const parts = all("[data-part]");
  const light = (part) => {
    document.body.classList.toggle("lit", part !== null);
    for (const element of parts) element.classList.toggle("on", element.dataset.part === part);
  };
  for (const element of parts) {
    element.addEventListener("pointerenter", () => light(element.dataset.part));
    element.addEventListener("pointerleave", () => light(null));
    element.addEventListener("focusin", () => light(element.dataset.part));
    element.addEventListener("focusout", () => light(null));
  }

  const listen = document.getElementById("listen");
  if (!listen) return;
  const [play, seek, time, trouble] = ["play", "seek", "time", "trouble"].map((id) => document.getElementById(id));
  const buttons = all(".choose");
  const cursors = all(".cursor");
  const seconds = Number(listen.dataset.seconds);
  const player = { context: null, gains: [], buffers: null, sources: [], chosen: 0, at: 0, since: null };
  document.tdsep = player; // for whoever wants to look inside

  // All tracks play at once, on one clock; one of them is let through.
  const position = () => player.since === null ? player.at
    : Math.min(seconds, player.at + Math.max(0, player.context.currentTime - player.since));
  player.position = position;

  const decode = async () => {
    const Context = window.AudioContext || window.webkitAudioContext;
    try {
      player.context = new Context({ sampleRate: Number(listen.dataset.rate) });
    } catch { // a rate that the browser does not have
      player.context = new Context();
    }
    const bytes = all("script.sound").map((element) => {
      const text = atob(element.textContent.split(",")[1]);
      return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
    });
    const buffers = await Promise.all(bytes.map((each) => player.context.decodeAudioData(each)));
    player.gains = buffers.map((_, number) => {
      const gain = player.context.createGain();
      gain.gain.value = number === player.chosen ? 1 : 0;
      gain.connect(player.context.destination);
      return gain;
    });
    player.buffers = buffers;
  };

  const stop = () => {
    player.at = position();
    player.since = null;
    for (const source of player.sources) source.stop();
    player.sources = [];
    play.textContent = "▶";
    play.setAttribute("aria-label", "Play");
  };

  const start = () => {
    if (player.at >= seconds - 0.01) player.at = 0;
    player.since = player.context.currentTime + 0.02;
    player.sources = player.buffers.map((buffer, number) => {
      const source = player.context.createBufferSource();
      source.buffer = buffer;
      source.connect(player.gains[number]);
      source.start(player.since, player.at);
      return source;
    });
    play.textContent = "❚❚";
    play.setAttribute("aria-label", "Pause");
    requestAnimationFrame(follow);
  };

  let busy = false;
  const toggle = async () => {
    if (busy) return;
    if (player.since !== null) {
      stop();
      show();
      return;
    }
    busy = true;
    try {
      player.ready = player.ready || decode();
      play.textContent = "…";
      await player.ready;
      await player.context.resume();
      start();
    } catch (error) {
      player.ready = null;
      play.textContent = "▶";
      trouble.hidden = false;
      trouble.textContent = `This browser cannot play the sound (${error.message}): play the files beside this page instead.`;
    } finally {
      busy = false;
    }
  };

  const choose = (number) => {
    if (number < 0 || number >= buttons.length) return;
    player.chosen = number;
    buttons.forEach((button, each) => button.setAttribute("aria-pressed", String(each === number)));
    // Over 10 ms, so that nothing clicks.
    player.gains.forEach((gain, each) => gain.gain.setTargetAtTime(each === number ? 1 : 0, player.context.currentTime, 0.005));
  };

  const go = (to) => {
    const playing = player.since !== null;
    if (playing) stop();
    player.at = Math.min(Math.max(0, to), seconds);
    if (playing) start();
    show();
  };

  const clock = (moment) => {
    const tenths = Math.floor(10 * moment + 1e-6);
    return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
  };
  const show = () => {
    const now = position();
    seek.value = now;
    time.textContent = clock(now);
    for (const cursor of cursors) cursor.style.left = `${100 * now / seconds}%`;
  };

  const follow = () => {
    if (player.since === null) return;
    if (position() >= seconds) {
      stop();
      player.at = 0;
    }
    show();
    requestAnimationFrame(follow);
  };

  play.addEventListener("click", toggle);
  seek.addEventListener("input", () => go(Number(seek.value)));
  buttons.forEach((button, number) => button.addEventListener("click", () => choose(number)));
  for (const picture of all(".picture")) {
    const to = (event) => {
      const box = picture.getBoundingClientRect();
      go((event.clientX - box.left) / box.width * seconds);
    };
    picture.addEventListener("pointerdown", (event) => {
      picture.setPointerCapture(event.pointerId);
      to(event);
    });
    picture.addEventListener("pointermove", (event) => {
      if (event.buttons && picture.hasPointerCapture(event.pointerId)) to(event);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const other = event.target.closest("a, summary, input, button");
    if (event.key === " " && (!other || other.matches(".choose, #play, #seek"))) toggle();
    else if (/^[1-9]$/.test(event.key)) choose(Number(event.key) - 1);
    else if (event.key === "ArrowUp" && listen.contains(event.target)) choose(player.chosen - 1);
    else if (event.key === "ArrowDown" && listen.contains(event.target)) choose(player.chosen + 1);
    else if (event.key === "ArrowLeft") go(position() - 2);
    else if (event.key === "ArrowRight") go(position() + 2);
    else if (event.key === "Home" && listen.contains(event.target)) go(0);
    else return;
    event.preventDefault();
  });
  document.getElementById("length").textContent = clock(seconds);
  show();
})();
