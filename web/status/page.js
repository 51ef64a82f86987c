// The status page, once it is open: what stands within main is told anew every two seconds, and put in where it differs, so that
// focus, selection and place on the page stay, and screen readers hear of changes only.

const main = document.getElementById('main');
const stream = document.getElementById('stream');
const pause = document.getElementById('pause');

let source = null;
let paused = false;

function say(text) {
  if (stream.textContent !== text) stream.textContent = text;
}

function open() {
  if (source || paused || document.hidden) return;
  source = new EventSource('status/events?form=page');
  source.addEventListener('status', (event) => {
    say('Live');
    const told = new DOMParser().parseFromString(`<!doctype html><body>${event.data}`, 'text/html');
    change(main, told.body);
  });
  source.addEventListener('error', () => {
    say('The gateway does not answer: these numbers are old. Trying again…');
    // A browser gives up where the answer is no stream, such as when too many watch already.
    if (source.readyState === EventSource.CLOSED) {
      close();
      setTimeout(open, 5000);
    }
  });
}

function close() {
  source?.close();
  source = null;
}

// change makes the children of one element like those of another.
function change(old, told) {
  const wanted = [...told.childNodes];
  const held = [...old.childNodes];
  for (const node of held.slice(wanted.length)) node.remove();
  wanted.forEach((node, i) => {
    const there = held[i];
    if (!there) {
      old.append(document.importNode(node, true));
    } else if (there.nodeType !== node.nodeType || there.nodeName !== node.nodeName) {
      there.replaceWith(document.importNode(node, true));
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      attributes(there, node);
      change(there, node);
    } else if (there.data !== node.data) {
      there.data = node.data;
    }
  });
}

function attributes(old, told) {
  for (const { name } of [...old.attributes]) if (!told.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of told.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

pause.hidden = false;
pause.addEventListener('click', () => {
  paused = !paused;
  pause.textContent = paused ? 'Go on' : 'Pause';
  if (paused) {
    close();
    say('Paused');
  } else {
    open();
  }
});

// Who does not look is not told: there is room for so many only.
document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
open();
