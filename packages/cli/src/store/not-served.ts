/** Something that the store cannot serve; the reason is printed and the rest goes on. */
export class NotServed extends Error {
  override name = "NotServed";
}
