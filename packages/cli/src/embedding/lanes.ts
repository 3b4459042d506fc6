/**
 * Does pieces of work, some at a time, while what the next ones need is prepared. A piece that fails lets those that are
 * begun come to their end, and no other begin.
 *
 * @param lanes - how many pieces are worked on at a time; as many more are prepared
 * @throws what the failed piece that comes first has thrown
 */
export async function inLanes<Item, Prepared>(
  items: readonly Item[],
  lanes: number,
  prepare: (item: Item) => Promise<Prepared>,
  work: (prepared: Prepared) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: { readonly at: number; readonly error: unknown }[] = [];
  const claim = () => {
    const at = next++;
    const item = items[at];
    if (item === undefined || failures.length > 0) return undefined;
    const prepared = prepare(item);
    prepared.catch(() => {}); // it is awaited below, and then thrown
    return { at, prepared };
  };
  const lane = async () => {
    for (let current = claim(); current !== undefined; ) {
      const { at, prepared } = current;
      try {
        const ready = await prepared;
        const following = claim();
        await work(ready);
        current = following;
      } catch (error) {
        failures.push({ at, error });
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  failures.sort((a, b) => a.at - b.at);
  if (failures[0] !== undefined) throw failures[0].error;
}
