/**
 * The same while it is being made: what may be absent is set on it, and whoever gets it cannot. An object that is spread into another
 * gives each place where that is done a shape of its own, and what reads them all has to look each field up by name.
 */
export type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] };
