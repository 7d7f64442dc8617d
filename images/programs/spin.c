/* Never ends and never calls the kernel. */
int main(void) {
  for (;;) __asm__ volatile("");
}
