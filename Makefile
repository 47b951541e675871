# make help lists the targets. GNU make; no configure step.
MAKEFLAGS += --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

NAME    := nudge
VERSION ?= 0.1.0

PREFIX  ?= /usr/local
SYSCONF ?= /etc
DESTDIR ?=
BUILD   ?= build
CC      ?= cc
PKG_CONFIG ?= pkg-config
PKGS    := libcurl libcjson sqlite3 libssl libcrypto inih libqrencode \
	libmicrohttpd

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
cppflags = -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
	-DVERSION='"$(VERSION)"' $(shell $(PKG_CONFIG) --cflags $(PKGS)) $(CPPFLAGS)
ldflags  = -pie -pthread -Wl,-z,relro,-z,now $(LDFLAGS)
WRAP    := usleep SSL_read MQTTPacket_send_puback MQTTPacket_send_publish \
	MQTTPacket_send_disconnect MQTTPacket_Factory X509_check_ip_asc
# Debian's Paho has no .pc file. It is linked statically, so that some of
# its calls can be ours: include/io/paho.h. Asked once, and not before it is
# installed.
HOOKS    = $(eval HOOKS := $(shell packaging/hooks "$(CC)" $(WRAP)))$(HOOKS)
ldlibs   = -l:libpaho-mqtt3as.a $(filter -Wl%,$(HOOKS)) \
	$(shell $(PKG_CONFIG) --libs $(PKGS)) -lunistring -lm $(LDLIBS)

SRC     := $(sort $(wildcard src/*.c src/*/*.c))
OBJ     := $(SRC:src/%.c=$(BUILD)/%.o)
PARTS   := $(filter-out $(BUILD)/main.o,$(OBJ))
UNITS   := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/*/test_*.c)))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
C_FILES := $(SRC) $(wildcard include/*.h include/*/*.h tests/*.h tests/*/*.[ch] \
	bench/*.c packaging/*.c)
PLUGIN  := plugin/dist/nudge.js
SEAL    := $(BUILD)/tests/vectors/seal
ANNOUNCE := $(BUILD)/tests/vectors/announce
GATE    := $(BUILD)/gate.so
SCRIPTS := tests/run tests/coverage tests/lint/architecture \
	$(wildcard tests/packaging/*) packaging/image packaging/home-assistant/run \
	packaging/deb packaging/hooks packaging/install packaging/install-files \
	packaging/prepare \
	packaging/run packaging/sockets \
	tests/brokers/run .ci/run apps/test apps/test-ios apps/apk \
	tests/homeassistant/install tests/homeassistant/within
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

$(BUILD)/io/paho.o: CPPFLAGS += $(filter -D%,$(HOOKS))

# The same with Paho as it is, for the tests.
$(BUILD)/$(NAME)-plain: $(filter-out $(BUILD)/io/paho.o,$(OBJ)) $(BUILD)/plain/paho.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(cflags) $(ldflags) -o $@ $^ $(filter-out $(HOOKS),$(ldlibs))

$(BUILD)/plain/paho.o: src/io/paho.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cppflags) $(cflags) -c -o $@ $<

$(BUILD)/%.o: src/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cppflags) $(cflags) -c -o $@ $<

$(BUILD)/tests/%: tests/%.c $(PARTS)
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cppflags) -Itests $(cflags) -o $@ $< $(PARTS) $(ldflags) \
		$(ldlibs) $(EXTRA_LIBS)

# Stories are told on a time of their own, and to no broker.
VIRTUAL := clock_now_ms clock_monotonic_ms mqtt_is_connected \
	mqtt_takes_packets mqtt_fits mqtt_publish mqtt_note_own \
	log_notification
WORLDS  := arrive/test_dispatch decide/test_day decide/test_fates decide/test_killed \
	decide/test_moments decide/test_release deliver/test_delivery \
	deliver/test_holding deliver/test_showing know/test_retained
$(WORLDS:%=$(BUILD)/tests/%): ldflags += $(VIRTUAL:%=-Wl,--wrap=%)
$(BUILD)/tests/arrive/test_dispatch: ldflags += -Wl,--wrap=event_parse \
	-Wl,--wrap=clock_monotonic_us -Wl,--wrap=reserve_left
$(BUILD)/tests/io/test_room: ldflags += -Wl,--wrap=reserve_left

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
	$(Q)flock plugin/package.json npm --prefix plugin run --silent build
	@printf '  %-7s %s\n' PLUGIN $(PLUGIN)

web: ## web/dist, the page; any static server can serve it
	$(Q)packaging/install node client web
	$(Q)flock web/package.json npm --prefix web run --silent build

test: ## install what is missing, run every test; the last line is the verdict
	$(Q)packaging/install build broker node test browser parts plugin tests
	$(Q)$(MAKE) $(BUILD)/$(NAME) $(BUILD)/$(NAME)-plain $(GATE) $(SEAL) plugin web
	$(Q)$(MAKE) share
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

BROKERS ?=
test-brokers: ## with other brokers, fetched once: HiveMQ, Artemis, mochi, aedes
	$(Q)packaging/install build broker node test tests brokers
	$(Q)$(MAKE) $(BUILD)/$(NAME)
	$(Q)tests/brokers/run $(BUILD) $(BROKERS)

# 1.2 GB, made once; one that is elsewhere can be shared.
HOMEASSISTANT ?= 2026.11.0
HOMEASSISTANT_ROOT ?= $(BUILD)/homeassistant/debian
test-ha: ## drive a real Home Assistant; HOMEASSISTANT= another version
	$(Q)packaging/install build broker node test debian tests
	$(Q)$(MAKE) $(BUILD)/$(NAME)
	$(Q)tests/homeassistant/install $(HOMEASSISTANT_ROOT) $(HOMEASSISTANT)
	$(Q)HOMEASSISTANT=$(HOMEASSISTANT) \
		HOMEASSISTANT_ROOT=$(abspath $(HOMEASSISTANT_ROOT)) \
		tests/run $(sort $(wildcard tests/homeassistant/*.test.mjs))

vectors: $(SEAL) $(ANNOUNCE) ## write push.json and discovery.tsv of tests/vectors again
	$(Q)node tests/vectors/make.mjs $(SEAL) >$(BUILD)/push.json
	$(Q)mv $(BUILD)/push.json tests/vectors/push.json
	$(Q)$(ANNOUNCE) >$(BUILD)/discovery.tsv
	$(Q)mv $(BUILD)/discovery.tsv tests/vectors/discovery.tsv

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

units: EXTRA_LIBS = $(shell $(PKG_CONFIG) --libs cmocka)
units: $(UNITS)

TRIPLET_arm64 := aarch64-linux-gnu
TRIPLET_armhf := arm-linux-gnueabihf
QEMU_arm64 := qemu-aarch64-static
QEMU_armhf := qemu-arm-static
unit-foreign: ## the same for ARCH=arm64 or armhf, under an emulator
	$(Q)packaging/install cross-$(ARCH)
	$(Q)$(MAKE) BUILD=build/$(ARCH) CC=$(TRIPLET_$(ARCH))-gcc \
		PKG_CONFIG=$(TRIPLET_$(ARCH))-pkg-config RUN_WITH=$(QEMU_$(ARCH)) emulated

# qemu-user makes a fork of vfork, so that no program is told there that another
# one cannot be started.
emulated: units
	$(Q)RUN_WITH=$(RUN_WITH) tests/run $(filter-out %/io/test_program,$(UNITS))

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

covered: EXTRA_LIBS = $(shell $(PKG_CONFIG) --libs cmocka)
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

# What is the same on every machine, made once: SHARE= brings it along.
SHARE   ?= $(BUILD)/share
MANUAL  := nudge.1 nudge.conf.5 nudge.7 nudge.8
SHELLS  := bash zsh fish
SHARED   = $(SHARE)/opencode-nudge.tgz $(SHARE)/web/index.html \
	$(MANUAL:%=$(SHARE)/man/%) $(SHELLS:%=$(SHARE)/completion/%)

share: $(SHARED) ## page, plugin archive, manual and completion, in $(SHARE)
ifeq ($(SHARE),$(BUILD)/share)
web/dist/index.html:
	$(Q)$(MAKE) web
$(PLUGIN):
	$(Q)$(MAKE) plugin

$(SHARE)/web/index.html: web/dist/index.html
	$(Q)rm -rf $(@D)
	$(Q)mkdir -p $(@D)
	$(Q)cp web/dist/* $(@D)/

# As npm packs it, but the same bytes each time.
$(SHARE)/opencode-nudge.tgz: $(PLUGIN) plugin/package.json
	$(Q)mkdir -p $(@D)
	$(Q)tar -C plugin --sort=name --mtime=@0 --owner=0 --group=0 \
		--numeric-owner --mode=u=rwX,go=rX --transform='s,^,package/,' -cf - \
		package.json dist/nudge.js dist/cli.js | gzip -9n >$@

# The tables of the program go where the page names them.
$(SHARE)/man/%: docs/man/% $(BUILD)/$(NAME)
	$(Q)mkdir -p $(@D)
	$(Q)for table in commands settings; do \
		$(BUILD)/$(NAME) manual $$table >$(@D)/.$(@F).$$table || exit 1; done
	$(Q)sed -e '/^@COMMANDS@$$/{r $(@D)/.$(@F).commands' -e 'd}' \
		-e '/^@SETTINGS@$$/{r $(@D)/.$(@F).settings' -e 'd}' $< >$@
	$(Q)rm $(@D)/.$(@F).*

$(SHARE)/completion/%: $(BUILD)/$(NAME)
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/$(NAME) completion $* >$@
endif

install: $(BUILD)/$(NAME) $(SHARED) ## into $(DESTDIR)$(PREFIX); PREFIX=/usr for a package
	$(Q)packaging/install-files $(BUILD)/$(NAME) $(SHARE) "$(DESTDIR)" $(PREFIX) $(SYSCONF)

uninstall: ## take it away again; settings, secrets and state stay
	$(Q)packaging/install-files --undo "$(DESTDIR)" $(PREFIX)

ARCH ?= $(shell dpkg --print-architecture)
DEBS ?= build/deb
deb: ## build/deb/nudge_*.deb; ARCH=arm64 or armhf is built here for there
	$(Q)packaging/install build package
	$(Q)$(MAKE) share
	$(Q)packaging/deb $(SHARE) $(VERSION) $(ARCH) $(DEBS)

IMAGES := amd64 arm64
image: ## build/image, an OCI layout for amd64 and arm64, of both packages
	$(Q)packaging/install image
	$(Q)for arch in $(IMAGES); do $(MAKE) deb ARCH=$$arch || exit 1; done
	$(Q)packaging/image $(SHARE) $(VERSION) build/image \
		$(foreach arch,$(IMAGES),$(DEBS)/nudge_$(VERSION)~deb*_$(arch).deb)

test-image: image ## as a container runs it, and as an add-on starts it; as root
	$(Q)packaging/install image broker
	$(Q)tests/packaging/container build/image $(VERSION)
	$(Q)tests/packaging/addon

RELEASE ?= bookworm
LIVE ?= build/live
test-deb: ## a fresh Debian from nothing to a pushed event; as root, OLDER= NEWER=
	$(Q)packaging/install live
	$(Q)tests/packaging/live $(RELEASE) $(OLDER) $(NEWER) $(LIVE)

clean: ## remove what was built
	rm -rf build plugin/dist web/dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-9s %s\n", $$1, $$2}' Makefile

include bench/bench.mk

.PHONY: run plugin web test test-apps test-ios apk test-ha test-brokers vectors chaos soak \
	compare unit units \
	unit-foreign emulated asan tsan coverage covered fuzz fuzzers run-fuzzers \
	bench lint format share install uninstall deb image test-image test-deb clean \
	help
-include $(OBJ:.o=.d) $(UNITS:=.d) $(FUZZERS:=.d) $(BENCHES:=.d) \
	$(SEAL).d $(ANNOUNCE).d
