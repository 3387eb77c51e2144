/* What generated kernels are written in: host C99 and, where __CUDACC__ is defined, CUDA C++. */
#ifdef __CUDACC__
#define KERNEL extern "C" __global__
#define FUNCTION static __device__ __forceinline__
#define FOR_ROWS(row, begin, end)                                                       \
  for (long long row = (begin) + blockIdx.x * (long long)blockDim.x + threadIdx.x;      \
       row < (end); row += gridDim.x * (long long)blockDim.x)
#define CLAIM(slot, code) (atomicCAS((unsigned long long *)(slot), 0ull, (unsigned long long)(code)) == 0)
#else
#include <math.h>
#define KERNEL
#define FUNCTION static inline
#define FOR_ROWS(row, begin, end) for (long long row = (begin); row < (end); row++)
#define CLAIM(slot, code) __sync_bool_compare_and_swap(slot, 0ll, (long long)(code))
#endif

typedef union { float f; int i; } bits32;
typedef union { double f; long long i; } bits64;

FUNCTION float as_f32(int i) { bits32 b; b.i = i; return b.f; }
FUNCTION double as_f64(long long i) { bits64 b; b.i = i; return b.f; }
FUNCTION int as_i32(float f) { bits32 b; b.f = f; return b.i; }
FUNCTION long long as_i64(double f) { bits64 b; b.f = f; return b.i; }

FUNCTION float min_f32(float a, float b) { return a < b || a != a ? a : b; }
FUNCTION float max_f32(float a, float b) { return a > b || a != a ? a : b; }
FUNCTION double min_f64(double a, double b) { return a < b || a != a ? a : b; }
FUNCTION double max_f64(double a, double b) { return a > b || a != a ? a : b; }

/* Unsigned arithmetic wraps, signed overflow is undefined. */
#define INTEGERS(suffix, T, U, mask)                                                    \
  FUNCTION T neg_##suffix(T a) { return (T)(0 - (U)a); }                                \
  FUNCTION T abs_##suffix(T a) { return a < 0 ? (T)(0 - (U)a) : a; }                    \
  FUNCTION T add_##suffix(T a, T b) { return (T)((U)a + (U)b); }                        \
  FUNCTION T sub_##suffix(T a, T b) { return (T)((U)a - (U)b); }                        \
  FUNCTION T mul_##suffix(T a, T b) { return (T)((U)a * (U)b); }                        \
  FUNCTION T div_##suffix(T a, T b) { return b == 0 ? 0 : b == -1 ? (T)(0 - (U)a) : a / b; } \
  FUNCTION T rem_##suffix(T a, T b) { return b == 0 || b == -1 ? 0 : a % b; }           \
  FUNCTION T min_##suffix(T a, T b) { return a < b ? a : b; }                           \
  FUNCTION T max_##suffix(T a, T b) { return a > b ? a : b; }                           \
  FUNCTION T shl_##suffix(T a, T b) { return (T)((U)a << (b & mask)); }                 \
  FUNCTION T shr_##suffix(T a, T b) { return a >> (b & mask); }                         \
  FUNCTION T ushr_##suffix(T a, T b) { return (T)((U)a >> (b & mask)); }
INTEGERS(i32, int, unsigned int, 31)
INTEGERS(i64, long long, unsigned long long, 63)

/* Truncates towards zero, saturates, and gives 0 for NaN. */
#define SATURATE(name, F, T, limit, least, most)                                        \
  FUNCTION T name(F a) { return a != a ? 0 : a >= limit ? most : a < -limit ? least : (T)a; }
SATURATE(f32_to_i32, float, int, 2147483648.0f, -2147483647 - 1, 2147483647)
SATURATE(f64_to_i32, double, int, 2147483648.0, -2147483647 - 1, 2147483647)
SATURATE(f32_to_i64, float, long long, 9223372036854775808.0f, -9223372036854775807ll - 1, 9223372036854775807ll)
SATURATE(f64_to_i64, double, long long, 9223372036854775808.0, -9223372036854775807ll - 1, 9223372036854775807ll)

/* The first one to report in a launch is kept. */
FUNCTION int report(long long *slot, int code, long long row, long long value) {
  if (CLAIM(slot, code)) {
    slot[1] = row;
    slot[2] = value;
  }
  return 0;
}
