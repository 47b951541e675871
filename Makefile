# make help lists the targets. GNU make; no configure step.
MAKEFLAGS += --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

NAME    := nudge
VERSION ?= 0.1.0

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
CC      ?= cc
PKGS    := libcurl libcjson sqlite3 libssl libcrypto inih libqrencode

# Yours to set; what the project needs is added below and cannot be lost.
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wswitch-enum -Wwrite-strings -Wcast-qual -Wformat=2 -Wvla -Wundef
WERROR  ?= -Werror
HARDEN  := -fstack-protector-strong -fPIE
SAN     := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer \
	-fno-sanitize-recover=all,$(HARDEN) -D_FORTIFY_SOURCE=2)

# Recursive, so that pkg-config is asked once it is installed.
cflags   = -std=c11 $(WARN) $(WERROR) $(CFLAGS) $(SAN) -MMD -MP
cppflags = -Iinclude -D_GNU_SOURCE -DVERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
ldflags  = -pie -pthread -Wl,-z,relro,-z,now $(LDFLAGS)
WRAP    := usleep SSL_read MQTTPacket_send_puback MQTTPacket_send_publish \
	MQTTPacket_Factory
# Debian's Paho has no .pc file. It is linked statically, so that some of
# its calls can be ours: include/io/paho.h.
ldlibs   = -l:libpaho-mqtt3as.a $(WRAP:%=-Wl,--wrap=%) \
	$(shell pkg-config --libs $(PKGS)) -lunistring -lm $(LDLIBS)

SRC     := $(sort $(wildcard src/*.c src/*/*.c))
OBJ     := $(SRC:src/%.c=$(BUILD)/%.o)
PARTS   := $(filter-out $(BUILD)/main.o,$(OBJ))
UNITS   := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/*/test_*.c)))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
C_FILES := $(SRC) $(wildcard include/*.h include/*/*.h tests/*.h tests/*/*.[ch] \
	bench/*.c packaging/*.c)
PLUGIN  := plugin/dist/nudge.js
SEAL    := $(BUILD)/tests/vectors/seal
GATE    := $(BUILD)/gate.so
SCRIPTS := tests/run tests/coverage tests/lint/architecture \
	packaging/install packaging/prepare packaging/run packaging/sockets \
	.ci/run apps/test apps/test-ios apps/apk
# The quick ones first: what is broken shows early.
SUITES   = $(UNITS) $(sort $(wildcard plugin/test/*.test.mjs)) \
	$(sort $(wildcard tests/vectors/*.test.mjs)) \
	$(sort $(wildcard client/test/*.test.mjs web/test/*.test.mjs)) \
	$(sort $(wildcard tests/contract/*.test.mjs)) \
	$(sort $(wildcard tests/e2e/standins/*.test.mjs)) \
	$(sort $(wildcard tests/e2e/*.test.mjs)) \
	$(sort $(wildcard tests/web/*.test.mjs))

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

$(BUILD)/$(NAME): $(OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(cflags) $(ldflags) -o $@ $^ $(ldlibs)

$(BUILD)/%.o: src/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cppflags) $(cflags) -c -o $@ $<

$(BUILD)/tests/%: tests/%.c $(PARTS)
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cppflags) -Itests $(cflags) -o $@ $< $(PARTS) $(ldflags) \
		$(ldlibs) $(EXTRA_LIBS)

# The broker of 'make run' loads it.
$(GATE): packaging/gate.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cppflags) $(cflags) -fPIC -shared -o $@ $<

run: ## install what is missing, start broker, bridge and page, say what to try
	$(Q)packaging/install build broker
	$(Q)$(MAKE) $(BUILD)/$(NAME) $(GATE) web
	$(Q)packaging/run $(BUILD)/$(NAME) web $(GATE)

plugin: ## plugin/dist/nudge.js, the OpenCode plugin in one file
	$(Q)packaging/install node plugin
	$(Q)npm --prefix plugin run --silent build
	@printf '  %-7s %s\n' PLUGIN $(PLUGIN)

web: ## web/dist, the page; any static server can serve it
	$(Q)packaging/install node client web
	$(Q)npm --prefix web run --silent build

test: ## install what is missing, run every test; the last line is the verdict
	$(Q)packaging/install build broker node test browser plugin tests
	$(Q)$(MAKE) $(BUILD)/$(NAME) $(GATE) $(SEAL) plugin web
	$(Q)$(MAKE) units
	$(Q)tests/run $(SUITES)

test-apps: ## what apps for Android and iOS copy: Kotlin here, Swift on a Mac
	$(Q)packaging/install apps
	$(Q)apps/test

apk: web ## build/nudge.apk, the app of apps/android, without Google's SDK
	$(Q)packaging/install apps apk
	$(Q)apps/apk

# 3 GB, made once; one that is elsewhere can be shared.
SWIFT_ROOT ?= $(BUILD)/ios/debian
test-ios: ## Swift here too, in a Debian 13 of its own: SWIFT_ROOT=
	$(Q)apps/test-ios $(SWIFT_ROOT)

vectors: $(SEAL) ## write tests/vectors/push.json again
	$(Q)node tests/vectors/make.mjs $(SEAL) >$(BUILD)/push.json
	$(Q)mv $(BUILD)/push.json tests/vectors/push.json

KILLS ?= 500
chaos: ## events at load while all is killed KILLS times; SEED= repeats a run
	$(Q)packaging/install build broker node test tests
	$(Q)$(MAKE) $(BUILD)/$(NAME)
	$(Q)KILLS=$(KILLS) node tests/chaos/chaos.mjs

TURNS ?= 200
soak: ## TURNS turns of OpenCode while broker and bridge are killed; SEED= repeats
	$(Q)packaging/install build broker node test plugin tests
	$(Q)$(MAKE) $(BUILD)/$(NAME) plugin
	$(Q)TURNS=$(TURNS) node tests/soak/main.mjs

compare: ## write docs/opencode-comparison.md again
	$(Q)packaging/install build broker node test plugin tests
	$(Q)$(MAKE) plugin
	$(Q)node tests/compare/main.mjs

unit: ## only the C unit tests
	$(Q)$(MAKE) units
	$(Q)tests/run $(UNITS)

units: EXTRA_LIBS = $(shell pkg-config --libs cmocka)
units: $(UNITS)

asan: ## the same under AddressSanitizer and UBSan, with the whole bridge
	$(Q)$(MAKE) BUILD=build/asan SANITIZE=address,undefined sanitized

tsan: ## the same under ThreadSanitizer
	$(Q)$(MAKE) BUILD=build/tsan SANITIZE=thread sanitized

# What a sanitizer finds in a bridge that a test started is in a file.
REPORT = $(CURDIR)/$(BUILD)/report
sanitized: units $(BUILD)/$(NAME)
	$(Q)rm -f $(REPORT).*
	$(Q)NUDGE_BINARY=$(CURDIR)/$(BUILD)/$(NAME) \
		ASAN_OPTIONS=log_path=$(REPORT) TSAN_OPTIONS=log_path=$(REPORT) \
		UBSAN_OPTIONS=log_path=$(REPORT):print_stacktrace=1 \
		tests/run $(UNITS) $(patsubst %,tests/e2e/%.test.mjs, \
		apns apns-burst bad-input durability)
	$(Q)! cat $(REPORT).* 2>/dev/null

# What decides: who should know, when, and why.
DECISION := rules quiet rate resolve digest
COVERED  := $(sort $(wildcard tests/core/test_*.c))

coverage: ## branch coverage of the decision core; fails below 98 %
	$(Q)packaging/install build test
	$(Q)rm -rf build/coverage
	$(Q)$(MAKE) BUILD=build/coverage CFLAGS='-O0 -g --coverage' HARDEN= WERROR= covered

covered: EXTRA_LIBS = $(shell pkg-config --libs cmocka)
covered: $(COVERED:%.c=$(BUILD)/%)
	$(Q)tests/run $(COVERED:%.c=$(BUILD)/%) | tail -n 1
	$(Q)tests/coverage 98 $(DECISION:%=$(BUILD)/core/%.o)

FUZZ_S ?= 30
fuzz: ## each fuzzer for FUZZ_S seconds
	$(Q)packaging/install build lint
	$(Q)$(MAKE) BUILD=build/fuzz CC=clang-14 SANITIZE=address,undefined \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' run-fuzzers

fuzzers: EXTRA_LIBS = -fsanitize=fuzzer
fuzzers: $(FUZZERS)

run-fuzzers: fuzzers
	$(Q)for f in $(FUZZERS); do n=$${f##*/fuzz_}; \
		mkdir -p $(BUILD)/corpus/$$n; printf '  FUZZ    %s\n' $$n; \
		$$f -max_total_time=$(FUZZ_S) -verbosity=0 \
			-print_final_stats=0 -artifact_prefix=$(BUILD)/ \
			$(BUILD)/corpus/$$n tests/fuzz/corpus/$$n || exit 1; done

bench: ## measure speed and size, into docs/bench/; QUICK=1 in two minutes
	$(Q)packaging/install build broker node bench
	$(Q)$(MAKE) $(BUILD)/$(NAME) $(BENCHES)
	$(Q)QUICK=$(QUICK) BUILD=$(BUILD) node bench/run.mjs

lint: ## format, layers, static analysis, shell, types
	$(Q)packaging/install build broker node test lint client plugin tests web
	$(Q)$(MAKE) $(BUILD)/$(NAME)
	$(Q)clang-format-14 --dry-run --Werror $(C_FILES)
	$(Q)tests/lint/architecture $(BUILD)
	$(Q)printf '%s\n' -std=c11 -I$(CURDIR)/include $(cppflags) \
		>$(BUILD)/compile_flags.txt
	$(Q)printf '%s\n' $(SRC) packaging/gate.c | xargs -P$$(nproc) -n4 \
		clang-tidy-14 -p $(BUILD) --quiet 2>/dev/null
	$(Q)cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability -Iinclude src
	$(Q)shellcheck $(SCRIPTS)
	$(Q)npm --prefix client run --silent lint
	$(Q)npm --prefix plugin run --silent lint
	$(Q)npm --prefix web run --silent lint
	$(Q)npm --prefix tests run --silent lint

format: ## rewrite the C files in house style
	$(Q)clang-format-14 -i $(C_FILES)

install: $(BUILD)/$(NAME) ## into $(DESTDIR)$(PREFIX)
	install -Dm755 $(BUILD)/$(NAME) $(DESTDIR)$(PREFIX)/bin/$(NAME)

clean: ## remove what was built
	rm -rf build plugin/dist web/dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-9s %s\n", $$1, $$2}' Makefile

include bench/bench.mk

.PHONY: run plugin web test test-apps test-ios apk vectors chaos soak compare unit units asan \
	tsan coverage covered fuzz fuzzers run-fuzzers \
	bench lint format install clean help
-include $(OBJ:.o=.d) $(UNITS:=.d) $(FUZZERS:=.d) $(BENCHES:=.d) \
	$(SEAL).d
