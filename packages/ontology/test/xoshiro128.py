"""Expected values of random.test.ts and of the seeded sample in triplets.test.ts, from the papers' integer arithmetic.

Run: python3 packages/ontology/test/xoshiro128.py
"""

MASK = 2**32 - 1


def splitmix32(state):
    while True:
        state = (state + 0x9E3779B9) & MASK
        z = state
        z = (z ^ (z >> 16)) * 0x85EBCA6B & MASK
        z = (z ^ (z >> 13)) * 0xC2B2AE35 & MASK
        yield z ^ (z >> 16)


def rotate_left(x, k):
    return (x << k | x >> (32 - k)) & MASK


def xoshiro128(seed):
    words = splitmix32(seed)
    s = [next(words) for _ in range(4)]
    while True:
        yield rotate_left(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 9 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate_left(s[3], 11)


def bits53(draws):
    return (next(draws) >> 5) * 2**26 + (next(draws) >> 6)


def below(draws, n):
    size, draw = (2**32, lambda: next(draws)) if n <= 2**32 else (2**53, lambda: bits53(draws))
    while True:
        x = draw()
        if x < size - size % n:
            return x % n


def sample(size, count, seed):
    """Floyd's method."""
    draws, chosen = xoshiro128(seed), set()
    for last in range(size - count, size):
        k = below(draws, last + 1)
        chosen.add(last if k in chosen else k)
    return sorted(chosen)


if __name__ == "__main__":
    for seed in (0, 1, 2**32 - 1):
        draws = xoshiro128(seed)
        print("uint32", seed, [next(draws) for _ in range(5)])
    draws = xoshiro128(1)
    print("below 6", [below(draws, 6) for _ in range(10)])
    draws = xoshiro128(1)
    print("below 3 * 2**30", [below(draws, 3 * 2**30) for _ in range(5)])
    draws = xoshiro128(1)
    print("below 10**15", [below(draws, 10**15) for _ in range(3)])
    draws = xoshiro128(1)
    print("double", [bits53(draws) / 2**53 for _ in range(3)])
    print("sample", sample(686, 4, 2024))
