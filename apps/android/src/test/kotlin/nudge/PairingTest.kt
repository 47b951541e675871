package nudge

import java.util.Base64
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.Test

/** tests/vectors/pairing.json: every part reads and refuses the same. */
class PairingTest {
  private fun members(pairing: Pairing) = mapOf(
    "user" to pairing.user,
    "broker" to pairing.broker,
    "ws" to pairing.ws,
    "username" to pairing.username,
    "password" to pairing.password,
    "root" to pairing.root,
    "ca" to pairing.ca,
    "key" to pairing.key?.let(Base64.getUrlEncoder().withoutPadding()::encodeToString),
  )

  @Test
  fun `reads what nudge pair writes`() {
    val good = Vectors.objects(Vectors.pairing.getJSONArray("good"))
    assertEquals(4, good.size)
    for (one in good) {
      val json = one.getJSONObject("members")
      val expected = json.keys().asSequence().associateWith { name ->
        if (json.isNull(name)) "nudge".takeIf { name == "root" } else json.getString(name)
      }
      val pairing = Pairing.of(one.getString("text"))
      assertEquals(expected, members(pairing), one.getString("name"))
      val kept = members(Pairing.of(pairing.textToKeep()))
      assertEquals(expected - "key", kept - "key", one.getString("name"))
      assertNull(kept["key"])
    }
  }

  @Test
  fun `refuses the rest, and repeats no secret`() {
    val bad = Vectors.objects(Vectors.pairing.getJSONArray("bad")).map { it.getString("text") }
    assertEquals(14, bad.size)
    val more = listOf(
      "nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi&password=s3cret%FF",
      "nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi&password=s3cret%F",
      "nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi&username=a%0Ab&password=s3cret",
      "nudge:pair?user=me&broker=mqtt%3A%2F%2Fs3cret%40pi",
      "nudge:pair?user=me&broker=mqtt%3A%2F%2F",
      "nudge:pair?user=me&broker=mqtt%3A%2F%2F%3A1883",
      "nudge:pair?user=me&broker",
    )
    for (text in bad + more) {
      val why = assertFailsWith<Unreadable>(text) { Pairing.of(text) }.message.orEmpty()
      assertTrue(why.endsWith("."), text)
      assertFalse("s3cret" in why, why)
    }
  }

  @Test
  fun `gives an account`() {
    val pairing = Pairing.of(" nudge:pair?user=me&broker=mqtt%3A%2F%2Fmy_pi%3A1883&root=home%2Fnudge\n")
    assertEquals("home/nudge/me/device/phone", pairing.account("phone").unregister().topic)
  }
}
