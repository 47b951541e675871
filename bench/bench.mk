# The programs of 'make bench'; the Makefile includes this.
BENCHES := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard bench/*.c)))

# receive is Paho as the bridge has it.
$(BUILD)/bench/receive: $(BUILD)/io/paho.o
$(BUILD)/bench/receive: bench_libs = $(BUILD)/io/paho.o $(ldlibs)
$(BUILD)/bench/loop: bench_libs = $(shell pkg-config --libs libcurl)
$(BUILD)/bench/sink: bench_libs = $(shell pkg-config --libs libnghttp2) \
	-lssl -lcrypto

# decide is the pure core alone.
DECIDERS := $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/base/*.c \
	src/core/*.c))
$(BUILD)/bench/decide: $(DECIDERS)
$(BUILD)/bench/decide: bench_libs = $(DECIDERS) $(ldlibs)

$(BUILD)/bench/%: bench/%.c
	$(call say,BENCH,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cppflags) $(cflags) -o $@ $< $(ldflags) $(bench_libs)
