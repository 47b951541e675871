package nudge

import java.io.File
import java.util.Base64
import javax.crypto.spec.SecretKeySpec
import kotlin.test.assertEquals
import org.json.JSONArray
import org.json.JSONObject

/** tests/vectors: what the bridge sends, and what must be refused. */
object Vectors {
  private val folder = File(System.getProperty("vectors"))
  val push = JSONObject(folder.resolve("push.json").readText())
  val reading = JSONObject(folder.resolve("reading.json").readText())

  val replies = JSONObject(folder.resolve("replies.json").readText())
  val pairing = JSONObject(folder.resolve("pairing.json").readText())
  val replyKeyBytes = checkNotNull(ReplyKey.bytesOf(replies.getString("key")))
  val replyKey = ReplyKey(SecretKeySpec(replyKeyBytes, ReplyKey.ALGORITHM))

  val messages = objects(push.getJSONArray("messages"))
  val turns = objects(push.getJSONArray("turns"))
  val keys = keysOf(push.getJSONObject("device").getString("private"))
  val otherKeys = keysOf(push.getString("another_private"))

  fun message(name: String): JSONObject = messages.single { it.getString("name") == name }

  fun turn(name: String): JSONObject = turns.single { it.getString("name") == name }

  fun objects(array: JSONArray): List<JSONObject> = List(array.length(), array::getJSONObject)

  fun bytes(text: String): ByteArray = Base64.getUrlDecoder().decode(text)

  /** As FCM hands a message over: its data and what it would show itself. */
  fun data(fcm: JSONObject): Map<String, String> {
    val data = fcm.getJSONObject("message").getJSONObject("data")
    return data.keys().asSequence().associateWith(data::getString)
  }

  fun shown(fcm: JSONObject, name: String): String? =
    fcm.getJSONObject("message").optJSONObject("notification")?.getString(name)

  /** What a reply says, once its code is checked. */
  fun signed(reply: Publication): JSONObject {
    val document = JSONObject(reply.payload)
    val text = document.getString("signed")
    assertEquals(setOf("signed", "mac"), document.keys().asSequence().toSet())
    assertEquals(replyKey.code(text), document.getString("mac"))
    return JSONObject(text)
  }

  private fun keysOf(private: String): DeviceKeys {
    val device = push.getJSONObject("device")
    val all = bytes(private) + bytes(device.getString("p256dh")) + bytes(device.getString("auth"))
    return checkNotNull(DeviceKeys.of(all))
  }
}
