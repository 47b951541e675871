package nudge

import kotlin.random.Random
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlin.test.fail
import org.json.JSONArray
import org.json.JSONObject
import org.junit.Test

class MessageTest {
  private fun shown(message: Message.Show) = mapOf(
    "tag" to message.tag,
    "title" to message.title,
    "body" to message.body,
    "level" to message.level,
    "badge" to message.badge,
    "category" to message.category,
    "cut" to true.takeIf { message.isCut },
    "kind" to message.kind,
    "event" to message.event,
    "session" to message.session,
    "href" to message.route?.href,
    "request" to message.request?.let { mapOf("id" to it.id, "nonce" to it.nonce) },
  ).filterValues { it != null }

  private fun shown(turn: Message.Turn) = mapOf(
    "tag" to turn.tag,
    "event" to turn.event,
    "state" to turn.state,
    "since" to turn.since,
    "ts" to turn.ts,
    "stale" to turn.stale,
    "title" to turn.title,
    "project" to turn.project,
    "session" to turn.session,
    "href" to turn.route?.href,
  ).filterValues { it != null }

  private fun map(json: JSONObject): Map<String, Any> =
    json.keys().asSequence().associateWith { name ->
      json.get(name).let { if (it is JSONObject) map(it) else it }
    }

  private fun check(expected: JSONObject, read: () -> Message) {
    val name = expected.getString("name")
    if (expected.optBoolean("refused")) {
      assertFailsWith<Unreadable>(name) { read() }
      return
    }
    when (val message = read()) {
      is Message.Withdraw -> assertEquals(expected.getString("withdraws"), message.tag, name)
      is Message.Turn -> {
        // JSON has one kind of number.
        val shows = map(expected.getJSONObject("shows")).mapValues { (_, it) -> if (it is Int) it.toLong() else it }
        assertEquals(shows, shown(message), name)
      }
      is Message.Show -> {
        val shows = expected.getJSONObject("shows")
        (shows.remove("offers") as JSONArray?)?.let { offers ->
          val buttons = message.offers(canAnswer = true).map { it.name.lowercase() }
          assertEquals(List(offers.length(), offers::getString), buttons, name)
          assertEquals(listOf(Offer.OPEN), message.offers(canAnswer = false), name)
        }
        assertEquals(map(shows), shown(message), name)
      }
    }
  }

  @Test
  fun `shows what the bridge sealed, as UnifiedPush and as FCM bring it`() {
    val expected = Vectors.objects(Vectors.reading.getJSONArray("vectors"))
    assertEquals(Vectors.messages.size, expected.size)
    for (one in expected) {
      val vector = Vectors.message(one.getString("name"))
      check(one) { Message.ofBody(Vectors.bytes(vector.getString("body")), Vectors.keys) }
      val data = Vectors.data(vector.getJSONObject("fcm_sealed"))
      check(one) { Message.ofData(data, null, null) { Vectors.keys } }
    }
  }

  @Test
  fun `reads how a turn goes, as UnifiedPush brings it`() {
    val expected = Vectors.objects(Vectors.reading.getJSONArray("turns"))
    assertEquals(Vectors.turns.size, expected.size)
    for (one in expected) {
      val body = Vectors.bytes(Vectors.turn(one.getString("name")).getString("body"))
      check(one) { Message.ofBody(body, Vectors.keys) }
    }
    for (one in Vectors.objects(Vectors.reading.getJSONArray("turn_texts"))) {
      check(one) { Message.ofText(one.getString("text").toByteArray()) }
    }
  }

  /** The badge and silence are the system's own fields there; a nonce comes with the whole text alone. */
  @Test
  fun `shows what FCM brings in the open`() {
    for (one in Vectors.objects(Vectors.reading.getJSONArray("vectors"))) {
      val fcm = Vectors.message(one.getString("name")).getJSONObject("fcm")
      one.optJSONObject("shows")?.let { shows ->
        shows.remove("badge")
        if ("nonce" !in Vectors.data(fcm)) shows.remove("request")
        shows.put("level", Vectors.data(fcm)["level"] ?: "active")
      }
      check(one) {
        val data = Vectors.data(fcm)
        Message.ofData(data, Vectors.shown(fcm, "title"), Vectors.shown(fcm, "body")) {
          fail("asked for keys")
        }
      }
    }
  }

  @Test
  fun `shows what FCM brings as data alone`() {
    val data = mapOf("tag" to "t1", "title" to "T", "body" to "B", "badge" to "2", "level" to "active")
    val shown = Message.ofData(data, null, null) { fail("asked for keys") } as Message.Show
    assertEquals(listOf("T", "B", "active", 2), listOf(shown.title, shown.body, shown.level, shown.badge))
    val silent = Message.ofData(data + ("silent" to "true") + ("badge" to "-1"), null, null) { fail("asked") }
    assertEquals("passive", (silent as Message.Show).level)
    assertEquals(null, silent.badge)
  }

  @Test
  fun `takes what is well-formed, and refuses the rest`() {
    for (one in Vectors.objects(Vectors.reading.getJSONArray("texts"))) {
      check(one) { Message.ofText(one.getString("text").toByteArray()) }
    }
  }

  @Test
  fun `offers nothing where nothing can be answered`() {
    val name = "a request without its nonce cannot be answered"
    val one = Vectors.objects(Vectors.reading.getJSONArray("texts")).single { it.getString("name") == name }
    val message = Message.ofText(one.getString("text").toByteArray()) as Message.Show
    assertEquals(emptyList(), message.offers(canAnswer = true))
  }

  @Test
  fun `refuses what is not UTF-8, and what is nested without end`() {
    val noText = "{\"notification\":{\"tag\":\"t1\",\"title\":\"?\"}}".toByteArray()
    noText[noText.indexOf('?'.code.toByte())] = 0xff.toByte()
    assertFailsWith<Unreadable> { Message.ofText(noText) }
    assertFailsWith<Unreadable> { Message.ofText("[".repeat(100_000).toByteArray()) }
  }

  @Test
  fun `throws nothing else for text that was tampered with`() {
    val random = Random(1)
    for (vector in Vectors.messages + Vectors.turns) {
      val text = vector.getString("text").toByteArray()
      repeat(2000) {
        val other = text.copyOf(random.nextInt(text.size + 1))
        repeat(random.nextInt(4)) { if (other.isNotEmpty()) other[random.nextInt(other.size)] = random.nextInt().toByte() }
        try {
          Message.ofText(other)
        } catch (_: Unreadable) {
        }
      }
    }
  }

  @Test
  fun `refuses FCM data that nobody of us wrote`() {
    for (data in listOf(mapOf(), mapOf("e" to "!"), mapOf("e" to "A".repeat(9000)), mapOf("withdraw" to ""))) {
      assertFailsWith<Unreadable>("$data") { Message.ofData(data, "T", "B") { Vectors.keys } }
    }
  }

  @Test
  fun `follows an href only to a session`() {
    for (one in Vectors.objects(Vectors.reading.getJSONArray("hrefs"))) {
      val href = one.getString("href")
      val route = Route.of(href)
      if (one.optBoolean("refused")) {
        assertNull(route, href)
      } else {
        assertEquals(one.opt("server"), route?.server, href)
        assertEquals(one.opt("directory"), route?.directory, href)
        assertEquals(one.getString("session"), route?.session, href)
      }
    }
  }
}
