/** Owns the bound of maps that may lose entries at any time and must not grow for ever. */

/** Keeps an entry. If there are then too many, the entry that was kept longest ago is dropped. */
export function remember<K, V>(map: Map<K, V>, key: K, value: V, entriesMax: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= entriesMax) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
