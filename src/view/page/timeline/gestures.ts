/** Wheel and pointer on the timeline: the axis and the cursor are dragged to scrub, the lanes to pan; a click seeks. */
import { AXIS_PX } from './scene.ts';

const CLICK_PX = 4;
/** How near to the cursor a drag takes it along. */
const GRAB_PX = 5;

export interface GestureTarget {
  zoomAt(factor: number, x: number): void;
  pan(byPx: number): void;
  /** Moves the cursor to a point. */
  scrub(x: number): void;
  /** The cursor stays where it was moved to. */
  scrubbed(): void;
  click(x: number, y: number): void;
  cursorX(): number | null;
}

export function bindGestures(canvas: HTMLCanvasElement, target: GestureTarget): void {
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
        target.pan(-(event.deltaX || event.deltaY));
      else target.zoomAt(Math.exp(event.deltaY / 400), event.offsetX);
    },
    { passive: false },
  );
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button === 0) drag(canvas, target, event);
  });
}

function drag(canvas: HTMLCanvasElement, target: GestureTarget, start: PointerEvent): void {
  const { left, top } = canvas.getBoundingClientRect();
  const [x, y] = [start.clientX - left, start.clientY - top];
  const cursorX = target.cursorX();
  const scrubs = y < AXIS_PX || (cursorX !== null && Math.abs(x - cursorX) <= GRAB_PX);
  let lastX = start.clientX;
  let moved = false;
  const move = (event: PointerEvent): void => {
    if (!moved && Math.abs(event.clientX - start.clientX) < CLICK_PX) return;
    moved = true;
    if (scrubs) target.scrub(event.clientX - left);
    else target.pan(event.clientX - lastX);
    lastX = event.clientX;
  };
  const end = (event: PointerEvent): void => {
    canvas.removeEventListener('pointermove', move);
    canvas.removeEventListener('pointerup', end);
    canvas.removeEventListener('pointercancel', end);
    if (moved) {
      if (scrubs) target.scrubbed();
    } else if (event.type === 'pointerup') target.click(x, y);
  };
  canvas.setPointerCapture(start.pointerId);
  canvas.addEventListener('pointermove', move);
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
}
