package nudge

import java.security.SecureRandom
import javax.crypto.KeyAgreement
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotEquals
import kotlin.test.assertNull
import org.junit.Test

class EceTest {
  private fun agree(mine: DeviceKeys, theirs: DeviceKeys): ByteArray =
    KeyAgreement.getInstance("ECDH").run {
      init(mine.privateKey)
      doPhase(Ece.publicKey(theirs.point), true)
      generateSecret()
    }

  private fun open(body: String) = String(Ece.open(Vectors.bytes(body), Vectors.keys))

  @Test
  fun `reads the example of RFC 8291`() {
    val example = Vectors.push.getJSONObject("rfc8291")
    assertEquals(example.getString("text"), open(example.getString("body")))
  }

  @Test
  fun `reads what the bridge sends`() {
    assertEquals(13, Vectors.messages.size)
    for (message in Vectors.messages + Vectors.push.getJSONObject("padded")) {
      assertEquals(message.getString("text"), open(message.getString("body")))
    }
  }

  @Test
  fun `refuses all that is broken, and throws nothing else`() {
    val broken = Vectors.objects(Vectors.push.getJSONArray("broken"))
    assertEquals(18, broken.size)
    for (one in broken) {
      assertFailsWith<Unreadable>(one.getString("name")) { open(one.getString("body")) }
    }
  }

  @Test
  fun `refuses what is for another device`() {
    for (message in Vectors.messages) {
      val body = Vectors.bytes(message.getString("body"))
      assertFailsWith<Unreadable> { Ece.open(body, Vectors.otherKeys) }
    }
  }

  @Test
  fun `refuses a message with any bit of it changed, but for the size of a record`() {
    val body = Vectors.bytes(Vectors.messages[0].getString("body"))
    for (at in body.indices.filter { it !in 16 until 20 }) {
      val changed = body.copyOf().also { it[at] = (it[at].toInt() xor 0x10).toByte() }
      assertFailsWith<Unreadable>("byte $at") { Ece.open(changed, Vectors.keys) }
    }
  }

  /** Sealed to such a point, a body would be refused for its tag, but too late. */
  @Test
  fun `takes no key that is not on the curve, before it touches ours`() {
    val point = Vectors.keys.point
    Ece.publicKey(point)
    for (at in point.indices) {
      val other = point.copyOf().also { it[at] = (it[at].toInt() xor 1).toByte() }
      assertFailsWith<Unreadable>("byte $at") { Ece.publicKey(other) }
    }
    assertFailsWith<Unreadable> { Ece.publicKey(ByteArray(65) { if (it == 0) 4 else -1 }) }
  }

  @Test
  fun `throws nothing else for noise of any length`() {
    val random = SecureRandom.getInstance("SHA1PRNG").apply { setSeed(1) }
    for (len in 0..4200 step 7) {
      val noise = ByteArray(len).also(random::nextBytes)
      if (len > 20) noise[20] = 65
      if (len > 21) noise[21] = 4
      assertFailsWith<Unreadable> { Ece.open(noise, Vectors.keys) }
    }
  }

  @Test
  fun `makes keys that differ, and reads back what it kept`() {
    val keys = List(64) { DeviceKeys.generate() }
    assertEquals(keys.size, keys.map(DeviceKeys::p256dh).toSet().size)
    for (one in keys) {
      assertEquals(DeviceKeys.LEN, one.toBytes().size)
      assertEquals(87, one.p256dh.length)
      assertEquals(22, one.authText.length)
      assertContentEquals(one.point, checkNotNull(DeviceKeys.of(one.toBytes())).point)
      assertContentEquals(agree(one, keys[0]), agree(keys[0], one))
    }
    assertNotEquals(keys[0].authText, keys[1].authText)
    assertNull(DeviceKeys.of(ByteArray(DeviceKeys.LEN - 1)))
  }
}
