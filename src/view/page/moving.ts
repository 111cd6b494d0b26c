/** Whether the cursor is being dragged: rows that it only passes are not shown in full. */

export const isMoving = (): boolean => document.body.dataset.moving === 'true';

/** False: it is let go, and the row where it stands will be shown in full; null: that has been done. */
export function setMoving(moving: boolean | null): void {
  const text = moving === null ? undefined : String(moving);
  if (document.body.dataset.moving === text) return;
  if (text === undefined) delete document.body.dataset.moving;
  else document.body.dataset.moving = text;
}
