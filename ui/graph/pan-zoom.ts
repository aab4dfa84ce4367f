/** Moving and scaling a picture by pointer, wheel and pinch. The state is a number triple; the arithmetic is pure. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const MIN_SCALE = 0.15;
const MAX_SCALE = 2.5;
const MIN_READABLE_SCALE = 0.5;

/** The whole picture, in the middle, never larger than life. */
export function fitWhole(picture: Size, frame: Size, maxScale = 1): View {
  if (picture.width === 0 || picture.height === 0 || frame.width === 0) return { x: 0, y: 0, scale: 1 };
  const scale = Math.max(MIN_SCALE, Math.min(maxScale, frame.width / picture.width, frame.height / picture.height));
  return { x: (frame.width - picture.width * scale) / 2, y: (frame.height - picture.height * scale) / 2, scale };
}

/** Small enough to read, on a narrow frame: from the top, as wide as the frame; the rest is reached by moving. */
export function fitWidth(picture: Size, frame: Size, top: number): View {
  if (picture.width === 0 || frame.width === 0) return { x: 0, y: 0, scale: 1 };
  const scale = Math.min(1, Math.max(MIN_READABLE_SCALE, frame.width / picture.width));
  const room = (length: number, within: number) => Math.max(0, (within - length * scale) / 2);
  return { x: room(picture.width, frame.width), y: Math.max(top, room(picture.height, frame.height)), scale };
}

/** What lies under the point stays under it. */
export function zoomAt(view: View, factor: number, pointX: number, pointY: number): View {
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, view.scale * factor));
  const real = scale / view.scale;
  return { scale, x: pointX - (pointX - view.x) * real, y: pointY - (pointY - view.y) * real };
}

/** A pointer that moved less than this has clicked. */
const CLICK_PIXELS = 4;

export interface PanZoom {
  readonly view: View;
  /** True until a person has moved the picture: then it no longer fits itself. */
  readonly untouched: boolean;
  show(view: View): void;
  zoom(factor: number): void;
  reset(): void;
  /** Whether the pointer that just went up had dragged: its click means nothing. */
  dragged(): boolean;
}

export function usePanZoom(frame: { readonly current: Element | null }, wheelNeedsKey: boolean): PanZoom {
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const [untouched, setUntouched] = useState(true);
  const moved = useRef(0);
  const change = useCallback((next: (before: View) => View) => {
    setUntouched(false);
    setView(next);
  }, []);

  useEffect(() => {
    const element = frame.current as HTMLElement | null;
    if (!element) return;
    const pointers = new Map<number, { x: number; y: number }>();
    const inFrame = (event: { clientX: number; clientY: number }) => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const onDown = (event: PointerEvent) => {
      if (event.button !== 0) return;
      if (pointers.size === 0) moved.current = 0;
      pointers.set(event.pointerId, inFrame(event));
    };
    const onMove = (event: PointerEvent) => {
      const before = pointers.get(event.pointerId);
      if (before === undefined) return;
      const now = inFrame(event);
      const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      pointers.set(event.pointerId, now);
      moved.current += Math.hypot(now.x - before.x, now.y - before.y);
      if (moved.current < CLICK_PIXELS) return;
      // Only now: a captured pointer would take the click from the link under it.
      if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
      const other = others[0];
      if (other === undefined) {
        return change((view) => ({ ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y }));
      }
      const distance = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y);
      change((view) => zoomAt(view, distance(now) / Math.max(1, distance(before)), other.x, other.y));
    };
    const onUp = (event: PointerEvent) => void pointers.delete(event.pointerId);
    const onWheel = (event: WheelEvent) => {
      if (wheelNeedsKey && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, y } = inFrame(event);
      const pixels = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
      change((view) => zoomAt(view, Math.exp(-pixels * 0.0018), x, y));
    };
    element.addEventListener('pointerdown', onDown);
    element.addEventListener('pointermove', onMove);
    element.addEventListener('pointerup', onUp);
    element.addEventListener('pointercancel', onUp);
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      element.removeEventListener('pointerdown', onDown);
      element.removeEventListener('pointermove', onMove);
      element.removeEventListener('pointerup', onUp);
      element.removeEventListener('pointercancel', onUp);
      element.removeEventListener('wheel', onWheel);
    };
  }, [frame, wheelNeedsKey, change]);

  return {
    view,
    untouched,
    show: setView,
    zoom: (factor) => {
      const box = frame.current?.getBoundingClientRect();
      if (box) change((before) => zoomAt(before, factor, box.width / 2, box.height / 2));
    },
    reset: () => setUntouched(true),
    dragged: () => moved.current >= CLICK_PIXELS,
  };
}
