package nudge

import javax.crypto.spec.SecretKeySpec
import kotlin.test.assertEquals
import kotlin.test.assertNotEquals
import kotlin.test.assertNull
import org.json.JSONObject
import org.junit.Test

/** tests/vectors/replies.json: every language signs alike. */
class ReplyTest {
  private val key = Vectors.replyKey
  private val account = Account("nudge", "alice", "phone")

  private fun all(which: String) = Vectors.objects(Vectors.replies.getJSONArray(which))

  @Test
  fun `signs as everybody does`() {
    assertEquals(5, all("good").size)
    for (one in all("good")) {
      assertEquals(one.getString("mac"), key.code(one.getString("signed")), one.getString("name"))
    }
  }

  @Test
  fun `never signs as the bad ones do`() {
    assertEquals(9, all("bad").size)
    for (one in all("bad")) {
      assertNotEquals(one.getString("mac"), key.code(one.getString("signed")), one.getString("name"))
    }
  }

  @Test
  fun `answers with the nonce of the request, signed`() {
    val words = "SQLite, \"for now\" – 東京 👍"
    val expected = mapOf(
      account.reply(Request("per_1", "n0nce"), "once", key) to
        """{"request":"per_1","nonce":"n0nce","reply":"once"}""",
      account.answer(Request("que_1", "n0nce"), words, key) to
        """{"request":"que_1","nonce":"n0nce","answers":[[${JSONObject.quote(words)}]]}""",
    )
    for ((publication, text) in expected) {
      assertEquals("nudge/alice/reply", publication.topic)
      assertEquals(false, publication.isRetained)
      assertEquals(JSONObject(text).toString(), Vectors.signed(publication).toString())
    }
  }

  @Test
  fun `takes a key of 32 bytes alone, in strict base64url`() {
    val good = Vectors.replies.getString("key")
    for (text in listOf(good.drop(1), good + "A", "$good=", "A".repeat(42) + "B", "+".repeat(43), "")) {
      assertNull(ReplyKey.bytesOf(text), text)
    }
  }

  @Test
  fun `another key gives another code`() {
    val other = ReplyKey(SecretKeySpec(ByteArray(ReplyKey.LEN) { 1 }, ReplyKey.ALGORITHM))
    val bad = all("bad").single { it.getString("name") == "the key of another person" }
    assertEquals(bad.getString("mac"), other.code(bad.getString("signed")))
  }
}
