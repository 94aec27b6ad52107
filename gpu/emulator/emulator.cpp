// The fibres of the emulator: one block at a time, its threads scheduled one by one.
#include "cuda_emulated.h"
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <vector>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace emulator {
Thread *current;
uint3 block_index;
dim3 block_size, grid_size;
char *dynamic_shared;
Kernel *kernels;

static const size_t STACK = 64 << 10;
static std::vector<Thread> threads;
static std::vector<char *> stacks;  // by thread
static void *scheduler;
#if defined(__SANITIZE_ADDRESS__)
static void *scheduler_stack;
static size_t scheduler_size;
#endif
static const char *running = "?";
static void (*body)(const void *);
static const void *body_params;
static int count, done, waiting;

Kernel::Kernel(const char *name, void (*call)(const void *), size_t size) : name(name), call(call), size(size), next(kernels) { kernels = this; }

extern "C" void emulator_switch(void **save, void *load);
#if defined(__x86_64__)
asm(".text\n.globl emulator_switch\n.type emulator_switch,@function\nemulator_switch:\n"
    "pushq %rbp\npushq %rbx\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
    "movq %rsp,(%rdi)\nmovq %rsi,%rsp\n"
    "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbx\npopq %rbp\nret\n");
#elif defined(__aarch64__)
asm(".text\n.globl emulator_switch\nemulator_switch:\n"
    "sub sp,sp,#160\nstp x19,x20,[sp]\nstp x21,x22,[sp,#16]\nstp x23,x24,[sp,#32]\nstp x25,x26,[sp,#48]\nstp x27,x28,[sp,#64]\nstp x29,x30,[sp,#80]\n"
    "stp d8,d9,[sp,#96]\nstp d10,d11,[sp,#112]\nstp d12,d13,[sp,#128]\nstp d14,d15,[sp,#144]\nmov x9,sp\nstr x9,[x0]\nmov sp,x1\n"
    "ldp x19,x20,[sp]\nldp x21,x22,[sp,#16]\nldp x23,x24,[sp,#32]\nldp x25,x26,[sp,#48]\nldp x27,x28,[sp,#64]\nldp x29,x30,[sp,#80]\n"
    "ldp d8,d9,[sp,#96]\nldp d10,d11,[sp,#112]\nldp d12,d13,[sp,#128]\nldp d14,d15,[sp,#144]\nadd sp,sp,#160\nret\n");
#else
#error "the emulator knows amd64 and arm64"
#endif

void fail(const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  fprintf(stderr, "emulator: kernel %s, block (%u, %u, %u), thread %d: ", running, block_index.x, block_index.y, block_index.z, current->id);
  vfprintf(stderr, format, ap);
  fputc('\n', stderr);
  va_end(ap);
  abort();
}

static void to_scheduler(bool last = false) {
  Thread *t = current;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(last ? nullptr : &t->fake_stack, scheduler_stack, scheduler_size);
#endif
  emulator_switch(&t->sp, scheduler);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(t->fake_stack, nullptr, nullptr);
#endif
}

void barrier() {
  current->state = Thread::BARRIER;
  waiting++;
  to_scheduler();
}

// warp does the work for all lanes of the mask when the last of them comes.
void warp(unsigned mask, const void *key, void *arg, WarpFunction f) {
  Thread *t = current;
  int first = t->id & ~31, lane = t->id & 31;
  if (!(mask >> lane & 1)) fail("it calls a function of the warp with a mask that leaves it out, %08x", mask);
  t->key = key, t->arg = arg, t->mask = mask, t->state = Thread::IN_WARP;
  Thread *lanes[32] = {};
  unsigned here = 0, alive = 0;
  for (int i = 0; i < 32 && first + i < count; i++) {
    Thread *o = &threads[first + i];
    if (o->state != Thread::DONE) alive |= 1u << i;
    if (o->state != Thread::IN_WARP || o->mask != mask || !(mask >> i & 1)) continue;
    if (o->key != key) fail("lanes %d and %d of a warp are in different functions of the warp", lane, i);
    here |= 1u << i;
    lanes[i] = o;
  }
  if ((mask & alive) != here) {
    to_scheduler();
    return;
  }
  f(lanes, here);
  for (Thread *l : lanes)
    if (l) l->state = Thread::READY;
}

static void entry() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, (const void **)&scheduler_stack, &scheduler_size);
#endif
  body(body_params);
  current->state = Thread::DONE;
  done++;
  to_scheduler(true);
  __builtin_unreachable();
}

static void resume(Thread *t) {
  current = t;
  if ((int)stacks.size() <= t->id) stacks.resize(t->id + 1);
  char *&stack = stacks[t->id];
  if (t->state == Thread::NEW) {
    if (!stack) stack = (char *)mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    void **sp = (void **)(stack + STACK);
#if defined(__x86_64__)
    *--sp = nullptr;
    *--sp = (void *)entry;
    sp -= 6;
#else
    sp -= 20;
    sp[11] = (void *)entry;
#endif
    t->sp = sp;
    t->state = Thread::READY;
  }
#if defined(__SANITIZE_ADDRESS__)
  void *fake;
  __sanitizer_start_switch_fiber(&fake, stack, STACK);
#endif
  emulator_switch(&scheduler, t->sp);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
}

// The order of warps in a block and of lanes in a warp: 0 ascending, 1 descending, others shuffled by that seed.
struct Order {
  int how;
  unsigned seed;
  std::vector<int> of;
  void next() {
    if (how < 2) return;
    for (int k = (int)of.size() - 1; k > 0; k--) {
      seed = seed * 1664525u + 1013904223u;
      std::swap(of[k], of[(seed >> 8) % (k + 1)]);
    }
  }
  Order(int how, int n, unsigned salt) : how(how), seed(how * 2654435761u + salt), of(n) {
    for (int k = 0; k < n; k++) of[k] = how == 1 ? n - 1 - k : k;
  }
};

static void run_block(int how) {
  done = waiting = 0;
  int i = 0;
  for (unsigned z = 0; z < block_size.z; z++)
    for (unsigned y = 0; y < block_size.y; y++)
      for (unsigned x = 0; x < block_size.x; x++, i++) threads[i] = Thread{{x, y, z}, i, Thread::NEW};
  Order warps(how, (count + 31) / 32, block_index.x), lanes(how, 32, block_index.x + 1);
  while (done < count) {
    warps.next(), lanes.next();
    bool any = false;
    for (int w : warps.of) {
      for (bool more = true; more;) {
        more = false;
        for (int l : lanes.of) {
          int id = w * 32 + l;
          if (id >= count) continue;
          Thread *t = &threads[id];
          if (t->state == Thread::NEW || t->state == Thread::READY) {
            resume(t);
            more = any = true;
          }
        }
      }
    }
    if (waiting && waiting + done == count) {
      if (done) {
        current = &threads[0];
        fail("%d of %d threads wait at a barrier that the others have not come to before they ended", waiting, count);
      }
      for (auto &t : threads)
        if (t.state == Thread::BARRIER) t.state = Thread::READY;
      waiting = 0;
      any = true;
    }
    if (any || done == count) continue;
    for (int k = 0; k < count; k++) {
      current = &threads[k];
      if (current->state == Thread::IN_WARP) fail("it waits in a function of the warp, with mask %08x, for lanes that do not come", current->mask);
    }
    current = &threads[0];
    fail("%d of %d threads wait at a barrier, the others elsewhere", waiting, count);
  }
}

void launch(const char *name, dim3 grid, dim3 block, size_t shared, void (*call)(const void *), const void *params) {
  const char *o = getenv("CUDA_ORDER");
  int how = o ? atoi(o) : 0;
  running = name, body = call, body_params = params, grid_size = grid, block_size = block;
  count = block.x * block.y * block.z;
  threads.assign(count, Thread{});
  std::vector<char> memory(shared + 256, (char)0xff);  // NaN, to show what is read before it is written
  dynamic_shared = (char *)(((uintptr_t)memory.data() + 127) / 128 * 128);
  uint64_t blocks = (uint64_t)grid.x * grid.y * grid.z;
  for (uint64_t k = 0; k < blocks; k++) {
    uint64_t i = how == 1 ? blocks - 1 - k : k;
    block_index = {(unsigned)(i % grid.x), (unsigned)(i / grid.x % grid.y), (unsigned)(i / grid.x / grid.y)};
    run_block(how);
  }
}
}  // namespace emulator
