/** A binary heap that also finds and deletes what is in the middle. Every change is O(log n). */
export class IndexedHeap<Item> {
  readonly #before: (a: Item, b: Item) => boolean
  readonly #items: Item[] = []
  readonly #places = new Map<Item, number>()

  /** `before` is a total order. */
  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  /** The item that is before all others. */
  peek(): Item | undefined {
    return this.#items[0]
  }

  /** Adding what is there changes nothing. */
  add(item: Item): void {
    if (this.#places.has(item)) return
    this.#items.push(item)
    this.#rise(item, this.#items.length - 1)
  }

  /** Deleting what isn't there changes nothing. */
  delete(item: Item): void {
    const place = this.#places.get(item)
    if (place === undefined) return
    this.#places.delete(item)
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    this.#rise(last, place)
    this.#sink(last, this.#places.get(last) ?? place)
  }

  #rise(item: Item, from: number): void {
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = this.#items[parent]
      if (above === undefined || !this.#before(item, above)) break
      this.#put(above, place)
      place = parent
    }
    this.#put(item, place)
  }

  #sink(item: Item, from: number): void {
    let place = from
    for (;;) {
      const child = this.#smallerChild(place)
      const below = this.#items[child]
      if (below === undefined || !this.#before(below, item)) break
      this.#put(below, place)
      place = child
    }
    this.#put(item, place)
  }

  #smallerChild(place: number): number {
    const left = 2 * place + 1
    const [a, b] = [this.#items[left], this.#items[left + 1]]
    return a !== undefined && b !== undefined && this.#before(b, a) ? left + 1 : left
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item
    this.#places.set(item, place)
  }
}
