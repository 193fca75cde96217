type Slots = readonly (number | null)[];

/** The slot a curve is drawn to from this one; null: a gap follows. Runs of empty slots shorter than `bridge` are no gap. */
function nextSlot(slots: Slots, index: number, bridge: number): number | null {
  for (let next = index + 1; next <= index + Math.max(1, bridge) && next < slots.length; next += 1) {
    if ((slots[next] ?? null) !== null) return next;
  }
  return null;
}

/** Path of the values over the slots; a slot without a value is a gap, a lonely one a dot. */
export function sparkPath(values: Slots, width: number, height: number, bridge: number): string {
  const highest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) || 1;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let path = '';
  let isJoined = false;
  values.forEach((value, index) => {
    if (value === null) return;
    const x = (index * step).toFixed(1);
    const y = (height - 2 - (value / highest) * (height - 4)).toFixed(1);
    path += `${isJoined ? 'L' : 'M'}${x} ${y}`;
    const isFollowed = nextSlot(values, index, bridge) !== null;
    if (!isJoined && !isFollowed) path += 'h1.5';
    isJoined = isFollowed;
  });
  return path;
}

/** Path of the slots with failures, each as wide as the time until the next measured slot. */
export function failurePath(down: Slots, width: number, y: number, bridge: number): string {
  const slot = width / Math.max(1, down.length);
  return down
    .map((share, index) => {
      if (share === null || share <= 0) return '';
      const end = nextSlot(down, index, bridge) ?? index + 1;
      return `M${(index * slot).toFixed(1)} ${y}h${Math.max(1.5, (end - index) * slot).toFixed(1)}`;
    })
    .join('');
}
